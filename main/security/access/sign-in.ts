import { AppError } from '#preload/contract/error.ts'
import type { SignInStep } from '#preload/security/sign-in.ts'
import type { Arrivals, Arrived, Vouched } from './arrivals.ts'
import type { CallbackPage, Callbacks } from './callbacks.ts'
import type { Live } from './live.ts'
import { callbackPath, type Providers } from './providers.ts'
import { loginSubject, type Throttle } from './throttle.ts'

/** A listener on this machine that a browser is sent back to (RFC 8252, §7.3). */
export type Loopback = { readonly redirectUri: string; readonly close: () => void }

type Ports = {
  readonly providers: Providers
  readonly arrivals: Arrivals
  readonly callbacks: Callbacks
  readonly throttle: Throttle
  readonly openLoopback: (receive: (url: URL) => Promise<CallbackPage>) => Promise<Loopback>
}

const waitsMs = 10 * 60_000
/** How long a refusal takes at least, so that its time does not tell whether there is such a person. */
const refusalTakesMs = 600

export function createSignIn({ providers, arrivals, callbacks, throttle, openLoopback }: Ports) {
  const doneStep = ({ name, secondFactorNeeded, exchange }: Arrived): SignInStep => ({
    kind: 'done',
    name,
    secondFactorNeeded,
    exchange,
  })

  /** Whether somebody signed in has to be asked again, rather than waved through by the provider's own session. */
  const asksAgain = (live: Live) => (live.owner === null ? {} : { prompt: 'login' as const, maxAge: 0 })

  async function* byBrowser(live: Live, provider: string, signal: AbortSignal): AsyncGenerator<SignInStep, Arrived> {
    const since = arrivals.now()
    const oidc = await providers.oidc(provider)
    const loopback =
      live.origin === null
        ? await openLoopback((url) => callbacks.deliver(stateIn(url), null, { url: url.href, form: null }))
        : null
    try {
      const redirectUri = loopback?.redirectUri ?? `${live.origin}${callbackPath}`
      const { url, pending } = await oidc.begin(redirectUri, { signal, ...asksAgain(live) })
      const expected = callbacks.expect(pending.state, loopback ? null : live.keyHash, signal, async (callback) => {
        const { identity, tokens } = await oidc.complete(pending, callback.url, { signal })
        return arrivals.arrive(live, { external: identity, provider, login: null, tokens }, since)
      })
      expected.catch(() => {}) // awaited below; the reader may go away before
      yield { kind: 'open', url }
      return await expected
    } finally {
      loopback?.close()
    }
  }

  async function* bySaml(live: Live, provider: string, signal: AbortSignal): AsyncGenerator<SignInStep, Arrived> {
    if (live.origin === null)
      throw new AppError('unsupported', 'This provider works only in a browser, at the server host.', {
        hint: 'Open the application in a browser there.',
      })
    const since = arrivals.now()
    const saml = await providers.saml(provider, live.origin)
    const { url, pending } = await saml.begin({ signal, forceAuthn: live.owner !== null })
    const expected = callbacks.expect(pending.relayState, live.keyHash, signal, async ({ form }) => {
      const response = { SAMLResponse: form?.SAMLResponse ?? '', RelayState: form?.RelayState ?? '' }
      const external = await saml.complete(pending, response)
      return arrivals.arrive(live, { external, provider, login: null, tokens: null }, since)
    })
    expected.catch(() => {})
    yield { kind: 'open', url }
    return await expected
  }

  async function* byDevice(live: Live, provider: string, signal: AbortSignal): AsyncGenerator<SignInStep, Arrived> {
    const since = arrivals.now()
    const device = await (await providers.oidc(provider)).beginDevice({ signal })
    const { userCode, verificationUri, verificationUriComplete, expiresAt } = device
    yield {
      kind: 'code',
      userCode,
      verificationUri,
      verificationUriComplete,
      expiresAt: new Date(expiresAt).toISOString(),
    }
    const { identity, tokens } = await device.wait(signal)
    return arrivals.arrive(live, { external: identity, provider, login: null, tokens }, since)
  }

  const flowOf = (live: Live, provider: string, flow: 'browser' | 'device', signal: AbortSignal) => {
    const { kind } = providers.find(provider).settings
    if (kind === 'ldap')
      throw new AppError('invalid', 'This provider asks for a password.', { hint: 'Use signInWithPassword.' })
    if (kind === 'saml') return bySaml(live, provider, signal)
    return flow === 'device' ? byDevice(live, provider, signal) : byBrowser(live, provider, signal)
  }

  return {
    /** Says where to go, waits, and says when it is done. @throws AppError why it is refused. */
    async *signIn(
      live: Live,
      { provider, flow }: { readonly provider: string; readonly flow: 'browser' | 'device' },
      aborted: AbortSignal,
      onArrived: (arrived: Arrived) => void,
    ): AsyncGenerator<SignInStep> {
      const signal = AbortSignal.any([aborted, AbortSignal.timeout(waitsMs)])
      const arrived = yield* flowOf(live, provider, flow, signal)
      onArrived(arrived)
      yield doneStep(arrived)
    },

    async withPassword(
      live: Live,
      { provider, login, password }: { readonly provider: string; readonly login: string; readonly password: string },
      signal: AbortSignal,
    ): Promise<Arrived> {
      const since = arrivals.now()
      const began = performance.now()
      const directory = await providers.ldap(provider)
      try {
        return await throttle.attempt({ who: loginSubject(provider, login), source: live.source }, async () => {
          const external = await directory.signIn(login, password, { signal })
          const vouched: Vouched = { external, provider, login, tokens: null }
          return arrivals.arrive(live, vouched, since)
        })
      } catch (thrown) {
        const left = refusalTakesMs - (performance.now() - began)
        if (left > 0) await new Promise((resolve) => setTimeout(resolve, left))
        throw thrown
      }
    },
  }
}

const stateIn = (url: URL): string => url.searchParams.get('state') ?? ''
