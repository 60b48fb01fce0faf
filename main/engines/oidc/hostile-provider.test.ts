import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type HostileProvider, type Hostility, startHostileProvider } from '#e2e/app/peers/hostile-provider.ts'
import { systemClock } from '#main/kernel/clock.ts'
import type { AppError } from '#preload/contract/error.ts'
import { createOidc, type Oidc, type OidcSignIn } from './oidc.ts'

const callback = 'http://127.0.0.1:53123/callback'

let provider: HostileProvider
let oidc: Oidc

beforeAll(async () => {
  provider = await startHostileProvider()
})
beforeEach(() => {
  provider.become({})
  oidc = fresh()
})
afterAll(async () => {
  await provider[Symbol.asyncDispose]()
})

const fresh = (more: { readonly groupsClaim?: string } = {}): Oidc =>
  createOidc(
    { issuer: provider.issuer, clientId: 'desktop', allowInsecureLoopback: true, ...more },
    { clock: systemClock, timeoutMs: 400 },
  )

async function signIn(by: Oidc = oidc, options: { readonly maxAge?: number } = {}): Promise<OidcSignIn> {
  const { url, pending } = await by.begin(callback, options)
  return by.complete(pending, provider.authorize(url))
}

async function refusal(of: Promise<unknown>): Promise<AppError> {
  return of.then(
    () => expect.unreachable('this should have been refused'),
    (thrown: AppError) => thrown,
  )
}

/** Everything a person or a log could come to see of it. */
const shown = (error: AppError) => JSON.stringify(error.toShape())

describe('a hostile provider', () => {
  it('is only believed while it behaves', async () => {
    expect((await signIn()).identity).toMatchObject({ subject: 'ana', groups: ['sre'] })
  })

  const refusals: readonly (readonly [string, Hostility, string])[] = [
    ['does not sign (alg: none)', { sign: 'none' }, 'algorithm that is not accepted'],
    [
      'signs with its public key as a shared secret',
      { sign: 'hs256-with-public-key' },
      'algorithm that is not accepted',
    ],
    ['signs with a key it does not show', { sign: 'other-key' }, 'signature of the ID token does not verify'],
    ['names a key that nobody knows', { sign: 'unknown-kid' }, 'not among those it shows (kid)'],
    ['changes what was signed', { sign: 'changed-after' }, 'signature of the ID token does not verify'],
    ['signs for another application', { claims: { aud: 'payroll' } }, 'for another application (audience payroll)'],
    ['signs for nobody', { claims: { aud: undefined } }, 'audience missing'],
    ['adds another application', { claims: { aud: ['desktop', 'payroll'] } }, 'for another application'],
    [
      'authorizes another application (azp)',
      { claims: { aud: ['desktop', 'payroll'], azp: 'payroll' } },
      'authorized party payroll',
    ],
    [
      'authorizes another application alone (azp)',
      { claims: { azp: 'payroll' } },
      'for another application (azp payroll)',
    ],
    ['signs as another issuer', { claims: { iss: 'https://login.example.com' } }, 'issuer https://login.example.com'],
    ['signs what has expired', { times: { iat: -600, exp: -61 } }, 'has expired'],
    ['signs what never expires', { claims: { exp: undefined } }, 'exp is missing'],
    ['signs what is not valid yet', { times: { nbf: 120 } }, 'not valid yet'],
    ['signs in the future', { times: { iat: 120, exp: 180 } }, 'issued in the future'],
    ['invents a nonce', { claims: { nonce: 'invented' } }, 'nonce'],
    ['leaves the nonce out', { claims: { nonce: undefined } }, 'nonce is not the one'],
    ['does not say who it is', { claims: { sub: undefined } }, 'sub is missing'],
    ['gives an empty subject', { claims: { sub: '' } }, 'does not say who signed in'],
    ['gives an endless subject', { claims: { sub: 'a'.repeat(256) } }, 'does not say who signed in'],
    ['sends no ID token', { idToken: null }, 'sent no ID token'],
    ['sends nonsense as ID token', { idToken: 'a.b.c' }, 'OpenID Connect does not allow'],
    [
      'tells userinfo of somebody else',
      { claims: { groups: undefined }, userinfo: { sub: 'admin' } },
      'OpenID Connect',
    ],
    ['leaves groups out', { claims: { groups: undefined, _claim_names: { groups: 'src1' } } }, 'left out groups'],
    ['answers with another state', { callback: { state: 'invented' } }, 'answered another sign-in (state)'],
    ['answers without state', { callback: { state: undefined } }, 'answered another sign-in (state)'],
    ['answers as another issuer', { callback: { iss: 'https://evil.example.com' } }, 'RFC 9207'],
    ['answers without issuer', { callback: { iss: undefined } }, 'RFC 9207'],
    [
      'calls itself by another name',
      { discovery: { issuer: 'https://login.example.com' } },
      'another one than the settings',
    ],
    ['sends the browser to code', { discovery: { authorization_endpoint: 'javascript:alert(1)' } }, 'without TLS'],
    [
      'has its token endpoint elsewhere, plain',
      { discovery: { token_endpoint: 'http://192.0.2.1/token' } },
      'without TLS',
    ],
    ['has no keys', { discovery: { jwks_uri: undefined } }, 'jwks_uri'],
  ]

  it.each(refusals)('is refused when it %s', async (_what, hostility, why) => {
    provider.become(hostility)
    const error = await refusal(signIn())
    expect(error).toMatchObject({ code: 'unauthenticated', hint: expect.any(String) })
    expect(error.message).toContain(why)
    expect(shown(error)).not.toMatch(/eyJ|opaque|code-\d/)
  })

  it('cannot replay the ID token of an earlier sign-in', async () => {
    await signIn()
    provider.become({ replay: true })
    expect(await refusal(signIn())).toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('nonce is not the one of this attempt'),
    })
  })

  it('must prove as recent a sign-in as was asked for', async () => {
    provider.become({ times: { authTime: -300 } })
    expect((await refusal(signIn(oidc, { maxAge: 60 }))).message).toContain('auth_time')
    provider.become({})
    expect((await refusal(signIn(oidc, { maxAge: 60 }))).message).toContain('auth_time')
    provider.become({ times: { authTime: -30 } })
    const { identity } = await signIn(oidc, { maxAge: 60 })
    expect(Math.abs(identity.authenticatedAt - (Date.now() - 30_000))).toBeLessThan(5_000)
  })

  const endpoints = ['/.well-known/openid-configuration', '/token', '/jwks'] as const
  it.each(endpoints)('gains nothing by a body without end at %s', async (endpoint) => {
    provider.become({ break: { endpoint, by: 'huge' } })
    const before = provider.sentBytes()
    const error = await refusal(signIn())
    expect(error.code).toBe('too_large')
    expect(provider.sentBytes() - before).toBeLessThan(64 * 1024 ** 2)
  })

  it.each(endpoints)('is not waited for without end at %s', async (endpoint) => {
    provider.become({ break: { endpoint, by: 'silent' } })
    expect(await refusal(signIn())).toMatchObject({ code: 'timeout', retryable: true })
  })

  it.each(endpoints)('cannot lead us elsewhere from %s', async (endpoint) => {
    await using victim = await startHostileProvider()
    provider.become({ break: { endpoint, by: { redirectTo: `${victim.issuer}${endpoint}` } } })
    const error = await refusal(signIn())
    expect(error).toMatchObject({ code: 'unauthenticated', message: expect.stringContaining('redirects its answer') })
    expect(victim.requests).toHaveLength(0)
  })

  it.each(endpoints)('is not taken for signed in by a web page or a failure at %s', async (endpoint) => {
    provider.become({ break: { endpoint, by: 'html' } })
    expect((await refusal(signIn())).code).toMatch(/unauthenticated|unreachable/)
    provider.become({ break: { endpoint, by: 'server-error' } })
    const error = await refusal(signIn(fresh()))
    expect(error.code).toMatch(/unauthenticated|unreachable/)
  })

  it('cannot make us fetch its keys for every token it invents', async () => {
    provider.become({ sign: 'unknown-kid' })
    for (let attempt = 0; attempt < 5; attempt++) await refusal(signIn())
    const fetched = provider.requests.filter(({ path }) => path === '/jwks')
    expect(fetched.length).toBeGreaterThan(0)
    const here = fetched.length
    for (let attempt = 0; attempt < 5; attempt++) await refusal(signIn())
    expect(provider.requests.filter(({ path }) => path === '/jwks')).toHaveLength(here)
  })

  it('is heard where it says that a second factor was used, and where it gives groups by a path', async () => {
    provider.become({
      claims: { amr: ['pwd', 'otp'], realm_access: { roles: ['ops'] }, 'https://a.b/groups': ['dots'] },
    })
    expect((await signIn()).identity).toMatchObject({ secondFactor: true, groups: ['sre'] })
    expect((await signIn(fresh({ groupsClaim: 'realm_access.roles' }))).identity.groups).toEqual(['ops'])
    expect((await signIn(fresh({ groupsClaim: 'https://a.b/groups' }))).identity.groups).toEqual(['dots'])
    expect((await signIn(fresh({ groupsClaim: 'constructor.name' }))).identity.groups).toEqual([])
  })

  it('cannot claim an e-mail address that it has not verified', async () => {
    provider.become({ claims: { email_verified: false } })
    expect((await signIn()).identity.email).toBeNull()
  })
})

describe('a hostile provider of device codes', () => {
  it('is polled more slowly when it asks for that', async () => {
    provider.become({ polls: ['slow_down'] })
    const { identity } = await (await oidc.beginDevice()).wait()
    expect(identity.subject).toBe('ana')
    const [first = 0, second = 0] = provider.requests
      .filter(({ path }) => path === '/token')
      .slice(-2)
      .map(({ at }) => at)
    // RFC 8628 §3.5: five seconds more than the interval of one.
    expect(second - first).toBeGreaterThan(5_900)
  })

  it('is refused when the person declined, when it shows code to open, and when it signs for another', async () => {
    provider.become({ polls: ['access_denied'] })
    expect((await refusal((await oidc.beginDevice()).wait())).message).toContain('access was denied')
    provider.become({ verificationUri: 'javascript:alert(1)' })
    expect((await refusal(oidc.beginDevice())).message).toContain('not safe to open')
    provider.become({ claims: { aud: 'payroll' } })
    expect((await refusal((await oidc.beginDevice()).wait())).message).toContain('another application')
    provider.become({ discovery: { device_authorization_endpoint: undefined } })
    expect(await refusal(fresh().beginDevice())).toMatchObject({ code: 'unsupported' })
  })
})
