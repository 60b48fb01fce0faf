import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Caller, personalCaller } from '#main/kernel/access/caller.ts'
import type { CedarPolicy } from '#main/kernel/access/cedar/cedar-policy.ts'
import { compile } from '#main/kernel/access/cedar/compile.ts'
import type { Grant, Resource } from '#main/kernel/access/policy.ts'
import { manualClock } from '#main/kernel/clock.ts'
import { inEnvironment } from '#main/kernel/service.ts'
import { loadPolicy } from './load-policy.ts'

const friday = Date.UTC(2026, 0, 2, 12)
const clock = manualClock(friday)
const minutes = (count: number): number => count * 60_000
const exceptions = new Map<string, { readonly id: string; readonly until: number }>()
let policy: CedarPolicy
let stepUpSeconds = 900

beforeEach(() => {
  clock.set(friday)
  exceptions.clear()
  stepUpSeconds = 900
  policy = loadPolicy(join(import.meta.dirname, '../../resources'), {
    clock,
    stepUpSeconds: () => stepUpSeconds,
    findException: (id) => {
      const found = exceptions.get(id)
      return found && found.until > clock.now() ? found.id : null
    },
  })
})

const somebody = (roles: Caller['roles'], change: Partial<Caller> = {}): Caller => ({
  ...personalCaller('ana', 'browser', 's', roles),
  personal: false,
  provenAt: friday,
  ...change,
})
const sre = somebody(['sre'])
const production = inEnvironment('production')
const staging = inEnvironment('staging')

function judge(caller: Caller, name: string, resources: readonly Resource[] = [], grant: Grant | null = null) {
  const action = policy.vocabulary.actions.find((entry) => entry.name === name)
  if (!action) throw new Error(`There is no ${name}.`)
  const verdict = policy.judge({ caller, action, resources, grant })
  return verdict.allowed ? { code: 'allowed' as const, ...verdict } : verdict
}

const install = (text: string): void => {
  expect(policy.check(text).diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  expect(policy.install(text)).toBe(true)
}
const noFriday = `@id("no-friday") @reason("Nothing is silenced on Fridays.")
forbid (principal, action == Action::"silences.create", resource in Environment::"production") when { context.weekday == 5 };`
const fourEyes = `@id("four-eyes") @advice("approval") @reason("Two others approve.")
forbid (principal, action == Action::"silences.create", resource in Environment::"production") when { context.approvals < 2 };`

describe('the built-in policies', () => {
  it('fit the contracts, but for areas that have no operations yet', () => {
    const { diagnostics } = compile(policy.builtIn, policy.schema)
    const untold = diagnostics.filter(({ policy: id }) => id !== 'release-manager-releases')
    expect([untold, diagnostics.filter(({ severity }) => severity === 'error')]).toEqual([[], []])
  })
})

describe('a verdict', () => {
  it('names the role that permits nothing of the kind', () => {
    expect(judge(somebody(['viewer']), 'silences.create')).toMatchObject({
      code: 'forbidden',
      reason: 'The role viewer may not call silences.create.',
      hint: expect.stringContaining('Ask an administrator'),
    })
    expect(judge(somebody(['viewer', 'auditor']), 'silences.create', [production])).toMatchObject({
      reason: 'The roles viewer and auditor may not call silences.create in production.',
    })
    expect(judge(somebody([]), 'alerts.list')).toMatchObject({
      reason: 'Somebody without a role may not call alerts.list.',
    })
  })

  it('tells a read-only session how it became one', () =>
    expect(judge(personalCaller('ana', 'desktop', 's', ['viewer']), 'silences.create')).toMatchObject({
      reason: 'The role viewer may not call silences.create.',
      hint: 'This session is read-only. Start the application without --read-only to make changes.',
    }))

  it('names the policy that forbids, in the words of its author', () => {
    install(noFriday)
    expect(judge(sre, 'silences.create', [production])).toEqual({
      allowed: false,
      code: 'forbidden',
      reason: 'The policy no-friday forbids silences.create in production: Nothing is silenced on Fridays.',
      hint: expect.any(String),
      policies: ['no-friday'],
    })
    expect(judge(sre, 'silences.create', [staging])).toMatchObject({ policies: ['sre-operates'] })
  })

  it('needs every resource to be allowed', () => {
    install(noFriday)
    expect(judge(sre, 'silences.create', [staging, production, staging])).toMatchObject({ policies: ['no-friday'] })
  })

  it('follows the clock, though decisions are remembered', () => {
    install(noFriday)
    const now = () => judge(sre, 'silences.create', [production]).code
    expect([now(), now()]).toEqual(['forbidden', 'forbidden'])
    clock.advance(minutes(12 * 60))
    expect(now()).toBe('allowed')
  })

  it('takes new policies at once', () => {
    expect(judge(sre, 'silences.create', [production]).code).toBe('allowed')
    install(noFriday)
    expect(judge(sre, 'silences.create', [production]).code).toBe('forbidden')
    install('')
    expect(judge(sre, 'silences.create', [production]).code).toBe('allowed')
  })
})

describe('whoever is not signed in', () => {
  it.each([
    ['signed-out', 'Nobody is signed in'],
    ['second-factor', 'second factor'],
    ['locked', 'session is locked'],
  ] as const)('%s may only call what is open', (state, words) => {
    const caller = somebody(['admin'], { state })
    expect(judge(caller, 'access.me').code).toBe('allowed')
    expect(judge(caller, 'access.lock')).toMatchObject({
      code: 'unauthenticated',
      reason: expect.stringContaining(words),
    })
    expect(judge(caller, 'alerts.list').code).toBe('unauthenticated')
  })

  it('can be let in by no policy, and kept from signing in by none', () => {
    install('@id("all") permit (principal, action, resource); @id("none") forbid (principal, action, resource);')
    const caller = somebody([], { id: '', state: 'signed-out' })
    expect(judge(caller, 'alerts.list').code).toBe('unauthenticated')
    expect(judge(caller, 'access.signIn').code).toBe('allowed')
  })
})

describe('a fresh proof', () => {
  const admin = somebody(['admin'])
  it('is asked before dangerous acts once the last is older than the settings say', () => {
    expect(judge(admin, 'governance.savePolicies').code).toBe('allowed')
    clock.advance(minutes(15))
    expect(judge(admin, 'governance.savePolicies').code).toBe('allowed')
    clock.advance(1_000)
    expect(judge(admin, 'governance.savePolicies')).toMatchObject({ code: 'step_up', policies: ['fresh-proof'] })
    stepUpSeconds = 3_600
    expect(judge(admin, 'governance.savePolicies').code).toBe('allowed')
  })
  it('is asked of whoever never gave one, and not of the owner of a personal workspace', () => {
    expect(judge({ ...admin, provenAt: null }, 'governance.savePolicies').code).toBe('step_up')
    expect(judge(personalCaller('ana', 'desktop', 's'), 'governance.savePolicies').code).toBe('allowed')
  })
  it('is never asked of somebody who may not anyway', () =>
    expect(judge({ ...sre, provenAt: null }, 'governance.savePolicies')).toMatchObject({
      code: 'forbidden',
      policies: [],
    }))
})

describe('approvals', () => {
  const grant = (...approvers: string[]): Grant => ({ approval: 'a', approvers })
  it('are asked for until there are enough', () => {
    install(fourEyes)
    const code = (given: Grant | null) => judge(sre, 'silences.create', [production], given).code
    expect([code(null), code(grant('ben')), code(grant('ben', 'eva'))]).toEqual([
      'approval_required',
      'approval_required',
      'allowed',
    ])
  })
  it('do not help against a policy that forbids outright, nor somebody whom no role permits', () => {
    install(fourEyes + noFriday)
    expect(judge(sre, 'silences.create', [production])).toMatchObject({ code: 'forbidden', policies: ['no-friday'] })
    expect(judge(somebody(['viewer']), 'silences.create', [production])).toMatchObject({ code: 'forbidden' })
  })
  it('are told before a proof is, so that nobody proves in vain', () => {
    install(
      `${fourEyes} @id("proof") @advice("step_up") forbid (principal, action == Action::"silences.create", resource);`,
    )
    expect(judge(sre, 'silences.create', [production]).code).toBe('approval_required')
    expect(judge(sre, 'silences.create', [production], grant('ben', 'eva')).code).toBe('step_up')
  })
  it('cannot be decided by whoever asked', () => {
    const request = (requester: string): Resource => ({ ...production, labels: { requester } })
    const manager = somebody(['release-manager'])
    expect(judge(manager, 'governance.decide', [request('os:ben')]).code).toBe('allowed')
    expect(judge(manager, 'governance.decide', [request('os:ana')])).toMatchObject({
      policies: ['separation-of-duties'],
    })
  })
})

describe('an exception', () => {
  const forHalfAnHour = { id: 'e1', until: friday + minutes(30) }
  it('lets pass what its policy forbids, and stops at the very moment it expires', () => {
    install(noFriday)
    exceptions.set('no-friday', forHalfAnHour)
    const verdict = () => judge(sre, 'silences.create', [production])
    expect(verdict()).toMatchObject({ code: 'allowed', policies: ['sre-operates', 'exception:e1'] })
    clock.advance(minutes(30) - 1)
    expect(verdict().code).toBe('allowed')
    clock.advance(1)
    expect(verdict().code).toBe('forbidden')
  })
  it('does not help against another policy, nor give a right that no role has', () => {
    install(`${noFriday} @id("never") forbid (principal, action == Action::"silences.create", resource);`)
    exceptions.set('no-friday', forHalfAnHour)
    expect(judge(sre, 'silences.create', [production])).toMatchObject({ code: 'forbidden', policies: ['never'] })
    install(noFriday)
    expect(judge(somebody(['viewer']), 'silences.create', [production]).code).toBe('forbidden')
  })
  it('leaves the advice of the policies it does not cover', () => {
    install(noFriday + fourEyes)
    exceptions.set('no-friday', forHalfAnHour)
    expect(judge(sre, 'silences.create', [production])).toMatchObject({
      code: 'approval_required',
      policies: ['four-eyes'],
    })
  })
})

describe('stored policies that cannot be read', () => {
  it.each([
    ['one does not parse', 'permit ('],
    ['one has no name', '@id("a") permit (principal, action, resource); forbid (principal, action, resource);'],
    ['two have the same name', noFriday + noFriday],
  ])('leave only administrators able to act: %s', (_, text) => {
    expect(policy.install(text)).toBe(false)
    expect(judge(sre, 'alerts.list')).toMatchObject({ policies: ['workspace-policies-unreadable'] })
    expect(judge(somebody(['admin']), 'governance.rollbackPolicies').code).toBe('allowed')
    install('')
    expect(judge(sre, 'alerts.list').code).toBe('allowed')
  })
  it('still work where they only name something that is not there any more', () => {
    expect(policy.install(`${noFriday} @id("old") forbid (principal, action == Action::"gone.away", resource);`)).toBe(
      true,
    )
    expect(judge(sre, 'silences.create', [production])).toMatchObject({ policies: ['no-friday'] })
  })
})
