import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Caller } from '#preload/contract/caller.ts'
import { createClient } from '#preload/contract/caller.ts'
import { AppError } from '#preload/contract/error.ts'
import { access } from '#preload/security/access.ts'
import type { SignInMethod } from '#preload/security/sign-in.ts'

const say = (text: string): void => void process.stderr.write(`${text}\n`)

function choose(methods: readonly SignInMethod[], wanted: string | null): SignInMethod {
  const usable = methods.filter(({ flows }) => flows.includes('device') || flows.includes('password'))
  const names = usable.map(({ name }) => name).join(', ')
  const found = wanted === null ? usable : usable.filter(({ name, provider }) => name === wanted || provider === wanted)
  const [only, ...more] = found
  if (!only)
    throw new AppError('invalid', wanted === null ? 'Nobody can sign in here.' : `There is no provider ${wanted}.`, {
      hint: names ? `One of: ${names}.` : 'An administrator has to add an identity provider first.',
    })
  if (more.length > 0)
    throw new AppError('invalid', 'There are several providers.', {
      hint: `Say which: --provider NAME, one of: ${names}.`,
    })
  return only
}

/** Answers what is asked. A hidden answer is not shown while it is typed. */
export type Ask = (question: string, hidden?: boolean) => Promise<string>

/** Asks on the terminal; where there is none, takes the lines of standard input in order. */
export function asksInOrder(): Ask {
  const { stdin } = process
  let piped: string[] | null = null
  return async (question, hidden = false) => {
    if (!stdin.isTTY) {
      piped ??= readFileSync(0, 'utf8').split('\n')
      return piped.shift() ?? ''
    }
    const shown = new Writable({
      write: (chunk, _, done) => {
        if (!hidden) process.stderr.write(chunk)
        done()
      },
    })
    process.stderr.write(`${question} `)
    const lines = createInterface({ input: stdin, output: shown, terminal: true })
    try {
      return await lines.question('')
    } finally {
      lines.close()
      if (hidden) process.stderr.write('\n')
    }
  }
}

/**
 * Signs in from the command line: by a code on another device, or with name and password at a directory; then the second
 * factor, where one is due.
 *
 * @throws AppError why it is refused.
 */
export async function signIn(caller: Caller, provider: string | null, asks: Ask, signal: AbortSignal): Promise<string> {
  const api = createClient(access, caller)
  const { signInRequired } = await api.me({})
  if (!signInRequired) throw new AppError('conflict', 'This workspace asks nobody to sign in.')
  const method = choose(await api.signInMethods({}), provider)
  if (method.flows.includes('device')) await byDevice(api, method, signal)
  else {
    const login = await asks('Login:')
    await api.signInWithPassword({ provider: method.provider, login, password: await asks('Password:', true) })
  }
  const me = await api.me({})
  if (me.state === 'second-factor') await secondStep(api, me.proofs, asks)
  return (await api.me({})).name
}

type Api = ReturnType<typeof createClient<typeof access>>

async function byDevice(api: Api, { provider }: SignInMethod, signal: AbortSignal): Promise<void> {
  for await (const step of api.signIn({ provider, flow: 'device' }, { signal })) {
    if (step.kind === 'code')
      say(`Open ${step.verificationUriComplete ?? step.verificationUri} and enter the code ${step.userCode}.`)
    if (step.kind === 'failed') throw AppError.fromShape(step.error)
  }
}

async function secondStep(api: Api, proofs: readonly string[], asks: Ask): Promise<void> {
  if (!proofs.includes('totp') && !proofs.includes('recovery-code'))
    throw new AppError('unauthenticated', 'A second factor is needed that the command line cannot take.', {
      hint: 'Enrol an authenticator app in the application first.',
    })
  const code = (await asks('Code of your authenticator app, or a recovery code:', true)).trim()
  const kind = /^\d{6}$/.test(code) && proofs.includes('totp') ? 'totp' : 'recovery-code'
  await api.prove({ proof: { kind, code } })
}
