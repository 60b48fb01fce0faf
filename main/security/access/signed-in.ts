import type { Caller } from '#main/kernel/access/caller.ts'
import type { Policy, Refusal } from '#main/kernel/access/policy.ts'

const refusals: Readonly<Record<Exclude<Caller['state'], 'signed-in'>, { reason: string; hint: string }>> = {
  'signed-out': { reason: 'You are not signed in.', hint: 'Sign in first.' },
  'second-factor': { reason: 'Your second factor is missing.', hint: 'Prove it to finish signing in.' },
  locked: { reason: 'This session is locked.', hint: 'Prove that it is you to unlock it.' },
}

/** A policy that nobody reaches who is not signed in, but for what is open to anybody. */
export const demandSignIn = (policy: Policy): Policy => ({
  judge: (question) => {
    const { caller, action } = question
    if (action.access.includes('open')) return { allowed: true, policies: ['open'] }
    if (caller.state === 'signed-in') return policy.judge(question)
    const refusal: Refusal = {
      allowed: false,
      code: 'unauthenticated',
      ...refusals[caller.state],
      policies: ['signed-in'],
    }
    return refusal
  },
})
