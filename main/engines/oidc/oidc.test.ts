import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthority } from '#e2e/app/peers/certificates.ts'
import {
  type IdentityProvider,
  signInAtProvider,
  startIdentityProvider,
  webClient,
} from '#e2e/app/peers/identity-provider.ts'
import { freePort } from '#e2e/app/peers/peer.ts'
import { startProxy } from '#e2e/app/peers/proxy.ts'
import { systemClock } from '#main/kernel/clock.ts'
import { createOidc, type Oidc, type OidcSignIn } from './oidc.ts'

const callback = 'http://127.0.0.1:53123/callback'

let provider: IdentityProvider
let oidc: Oidc

const settingsOf = ({ issuer }: IdentityProvider) =>
  ({ issuer, clientId: 'desktop', allowInsecureLoopback: true }) as const

/** The system's clock, moved by what a test says. */
function shiftedClock() {
  let shift = 0
  return {
    now: () => Date.now() + shift,
    monotonic: () => performance.now() + shift,
    advance: (ms: number) => {
      shift += ms
    },
  }
}

async function signIn(by: Oidc, login = 'ana'): Promise<OidcSignIn> {
  // Refresh tokens are only given with consent (OpenID Connect Core 1.0, §11).
  const { url, pending } = await by.begin(callback, { prompt: 'consent' })
  return by.complete(pending, await signInAtProvider(url, login))
}

beforeAll(async () => {
  provider = await startIdentityProvider()
  oidc = createOidc(settingsOf(provider), { clock: systemClock })
})

afterAll(async () => {
  await oidc?.close()
  await provider?.stop()
})

describe('sign-in at a real provider', () => {
  it('tells who the person is, with the groups', async () => {
    const before = Date.now()
    const { identity, tokens } = await signIn(oidc)
    expect(identity).toEqual({
      provider: 'oidc',
      issuer: provider.issuer,
      subject: 'ana',
      name: 'Ana Sre',
      email: 'ana@ops.test',
      groups: ['sre', 'on-call'],
      authenticatedAt: expect.any(Number),
      secondFactor: false,
    })
    expect(identity.authenticatedAt).toBeGreaterThan(before - 2_000)
    expect(tokens.refreshToken).toEqual(expect.any(String))
    expect(tokens.expiresAt).toBeGreaterThan(before + 50_000)
  })

  it('asks userinfo where the ID token does not carry the groups', async () => {
    await using sparse = await startIdentityProvider({ groupsInIdToken: false })
    const asking = createOidc(settingsOf(sparse), { clock: systemClock })
    expect((await signIn(asking, 'aud')).identity).toMatchObject({ name: 'Aud Itor', groups: ['auditor'], email: null })
    await asking.close()
  })

  it('uses PKCE, state and nonce, and none of them twice', async () => {
    const [one, two] = [await oidc.begin(callback), await oidc.begin(callback, { prompt: 'login', maxAge: 60 })]
    const query = new URL(two.url).searchParams
    expect(query.get('code_challenge_method')).toBe('S256')
    expect(query.get('scope')).toBe('openid profile email groups offline_access')
    expect([query.get('prompt'), query.get('max_age')]).toEqual(['login', '60'])
    for (const name of ['state', 'nonce', 'code_challenge'])
      expect(query.get(name)).not.toBe(new URL(one.url).searchParams.get(name))
    expect(two.url).not.toContain(two.pending.codeVerifier)
    expect(JSON.parse(JSON.stringify(two.pending))).toEqual(two.pending)
  })

  it('is completed once, within ten minutes, by the window that began it and at its own address', async () => {
    const clock = shiftedClock()
    const timed = createOidc(settingsOf(provider), { clock })
    const first = await timed.begin(callback)
    const back = await signInAtProvider(first.url, 'ana')
    await timed.complete(first.pending, back)
    await expect(timed.complete(first.pending, back)).rejects.toThrow('completed before')

    const other = await timed.begin(callback)
    await expect(timed.complete(other.pending, back)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('answered another sign-in (state)'),
    })
    const moved = await timed.begin(callback)
    const elsewhere = (await signInAtProvider(moved.url, 'ana')).replace('53123', '53124')
    await expect(timed.complete(moved.pending, elsewhere)).rejects.toThrow('another address')

    const late = await timed.begin(callback)
    const tooLate = await signInAtProvider(late.url, 'ana')
    clock.advance(600_001)
    await expect(timed.complete(late.pending, tooLate)).rejects.toThrow('ten minutes')
    await timed.close()
  })

  it('says so when the person declines, without repeating the provider’s whole answer', async () => {
    const { url, pending } = await oidc.begin(callback)
    const { searchParams } = new URL(url)
    const iss = encodeURIComponent(provider.issuer)
    const declined = `${callback}?error=access_denied&error_description=no&iss=${iss}&state=${searchParams.get('state')}`
    await expect(oidc.complete(pending, declined)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'The identity provider did not let you in: access was denied.',
    })
  })

  it('refuses an answer that another provider gave, or that nobody signed for (RFC 9207)', async () => {
    for (const change of ['https://evil.example.com', null]) {
      const { url, pending } = await oidc.begin(callback)
      const back = new URL(await signInAtProvider(url, 'ana'))
      if (change === null) back.searchParams.delete('iss')
      else back.searchParams.set('iss', change)
      await expect(oidc.complete(pending, back.href)).rejects.toThrow('RFC 9207')
    }
  })

  it('refuses a code that was used before', async () => {
    const { url, pending } = await oidc.begin(callback)
    const back = await signInAtProvider(url, 'ana')
    await oidc.complete(pending, back)
    const forgetful = createOidc(settingsOf(provider), { clock: systemClock })
    await expect(forgetful.complete(pending, back)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('no longer accepts'),
    })
    await forgetful.close()
  })

  it('works for a client with a secret, and refuses a wrong one', async () => {
    const redirect = 'http://localhost:8765/callback'
    await using web = await startIdentityProvider({ webRedirectUris: [redirect] })
    for (const [clientSecret, name] of [
      [webClient.secret, 'Ana Sre'],
      ['guess', null],
    ] as const) {
      const server = createOidc({ ...settingsOf(web), clientId: webClient.id, clientSecret }, { clock: systemClock })
      const { url, pending } = await server.begin(redirect)
      const completing = server.complete(pending, await signInAtProvider(url, 'ana'))
      if (name !== null) expect((await completing).identity.name).toBe(name)
      else await expect(completing).rejects.toThrow('does not accept this application')
      await server.close()
    }
  })
})

describe('a session at a real provider', () => {
  it('is refreshed with a new refresh token, for the same person only', async () => {
    const { tokens } = await signIn(oidc)
    const first = tokens.refreshToken ?? ''
    const refreshed = await oidc.refresh(first, { subject: 'ana' })
    expect(refreshed.identity).toMatchObject({ subject: 'ana', groups: ['sre', 'on-call'] })
    expect(refreshed.tokens.refreshToken).not.toBe(first)
    await expect(oidc.refresh(refreshed.tokens.refreshToken ?? '', { subject: 'aud' })).rejects.toThrow(
      'for another person',
    )
  })

  it('ends everywhere when a refresh token is used twice, as a thief’s copy would be', async () => {
    const { tokens } = await signIn(oidc)
    const { tokens: next } = await oidc.refresh(tokens.refreshToken ?? '', { subject: 'ana' })
    const again = oidc.refresh(tokens.refreshToken ?? '', { subject: 'ana' })
    await expect(again).rejects.toMatchObject({ code: 'unauthenticated', hint: 'Sign in again.' })
    await expect(oidc.refresh(next.refreshToken ?? '', { subject: 'ana' })).rejects.toThrow('no longer accepts')
  })

  it('is ended by revocation and by a logout address', async () => {
    const { tokens } = await signIn(oidc)
    expect(await oidc.revoke(tokens.refreshToken ?? '')).toBe(true)
    await expect(oidc.refresh(tokens.refreshToken ?? '', { subject: 'ana' })).rejects.toThrow('revoked')
    const logout = new URL((await oidc.logoutUrl(tokens.idToken, 'http://127.0.0.1/')) ?? '')
    expect(logout.origin).toBe(provider.issuer)
    expect(logout.searchParams.get('id_token_hint')).toBe(tokens.idToken)
    expect(await signInAtProvider(logout.href, 'ana')).toBe('http://127.0.0.1/')
  })
})

describe('sign-in on another device', () => {
  it('is waited for until the person has typed the code there', async () => {
    const device = await oidc.beginDevice()
    expect(device.userCode).toMatch(/^[A-Z]{4}-[A-Z]{4}$/)
    expect(device.expiresAt).toBeGreaterThan(Date.now() + 100_000)
    const waiting = device.wait()
    await signInAtProvider(device.verificationUriComplete ?? '', 'aud')
    expect((await waiting).identity).toMatchObject({ subject: 'aud', groups: ['auditor'] })
    await expect(device.wait()).rejects.toThrow('already being waited for')
  })

  it('stops being waited for when it is cancelled, and when the code expires', async () => {
    const cancelling = new AbortController()
    const waiting = (await oidc.beginDevice()).wait(cancelling.signal)
    cancelling.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })

    await using hasty = await startIdentityProvider({ ttl: { deviceCode: 1 } })
    const short = createOidc(settingsOf(hasty), { clock: systemClock })
    await expect((await short.beginDevice()).wait()).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('expired'),
    })
    await short.close()
  })
})

describe('the keys of a real provider', () => {
  it('may be rotated between two sign-ins, even if the old one is dropped', async () => {
    await signIn(oidc)
    await provider.rotateKeys()
    await signIn(oidc)
    const clock = shiftedClock()
    const patient = createOidc(settingsOf(provider), { clock })
    await signIn(patient)
    await provider.rotateKeys({ dropOld: true })
    await signIn(patient)
    await provider.rotateKeys({ dropOld: true })
    await expect(signIn(patient), 'the JWKS is not fetched at will').rejects.toThrow('(kid)')
    clock.advance(10_000)
    await signIn(patient)
    await patient.close()
  })
})

describe('the clocks of both sides', () => {
  it.each([59_000, -55_000])('may differ by a minute (%d ms)', async (shift) => {
    const clock = shiftedClock()
    clock.advance(shift)
    const skewed = createOidc(settingsOf(provider), { clock })
    expect((await signIn(skewed)).identity.subject).toBe('ana')
    await skewed.close()
  })

  it.each([
    [130_000, 'expired'],
    [-90_000, 'in the future'],
  ])('may not differ by more (%d ms)', async (shift, why) => {
    const clock = shiftedClock()
    clock.advance(shift)
    const wrong = createOidc(settingsOf(provider), { clock })
    await expect(signIn(wrong)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining(why),
    })
    await wrong.close()
  })
})

describe('the way to a real provider', () => {
  it('is verified by the pinned authority, and by no other', async () => {
    const [authority, other] = await Promise.all([createAuthority(), createAuthority('Another CA')])
    const tls = await authority.issue({ commonName: 'localhost' })
    await using secure = await startIdentityProvider({ tls })
    const trusting = createOidc(
      { issuer: secure.issuer, clientId: 'desktop', ca: authority.ca },
      { clock: systemClock },
    )
    expect((await signIn(trusting)).identity.subject).toBe('ana')
    await trusting.close()
    for (const trust of [{ ca: other.ca }, {}]) {
      const wary = createOidc({ issuer: secure.issuer, clientId: 'desktop', ...trust }, { clock: systemClock })
      await expect(wary.begin(callback)).rejects.toMatchObject({
        code: 'unreachable',
        message: expect.stringContaining('authority that is not trusted'),
      })
      await wary.close()
    }
  })

  it('is never plain, but on loopback where that is allowed', () => {
    const create = (issuer: string, allowInsecureLoopback: boolean) => () =>
      createOidc({ issuer, clientId: 'desktop', allowInsecureLoopback }, { clock: systemClock })
    expect(create('http://login.example.com', true)).toThrow('must begin with https://')
    expect(create('http://127.0.0.1:80', false)).toThrow('must begin with https://')
    expect(create('http://127.0.0.1.example.com', true)).toThrow('must begin with https://')
    expect(create('ftp://127.0.0.1', true)).toThrow('http')
    expect(create('nonsense', true)).toThrow('not a URL')
    const nameless = () => createOidc({ issuer: 'https://login.example.com', clientId: ' ' }, { clock: systemClock })
    expect(nameless).toThrow('client id is missing')
  })

  it('may be gone, silent, or no longer wanted', async () => {
    const nobody = createOidc(
      { issuer: `http://127.0.0.1:${await freePort()}`, clientId: 'desktop', allowInsecureLoopback: true },
      { clock: systemClock },
    )
    await expect(nobody.begin(callback)).rejects.toMatchObject({ code: 'unreachable' })
    await nobody.close()

    await using proxy = await startProxy(provider.issuer)
    await proxy.stall()
    const slow = createOidc(
      { issuer: proxy.url, clientId: 'desktop', allowInsecureLoopback: true },
      { clock: systemClock, timeoutMs: 200 },
    )
    await expect(slow.begin(callback)).rejects.toMatchObject({ code: 'timeout' })
    const signal = AbortSignal.abort()
    await expect(slow.begin(callback, { signal })).rejects.toMatchObject({ code: 'cancelled' })
    await slow.close()
  })

  it('ends at a provider that calls itself by another name', async () => {
    await using proxy = await startProxy(provider.issuer)
    const other = createOidc(
      { issuer: proxy.url, clientId: 'desktop', allowInsecureLoopback: true },
      { clock: systemClock },
    )
    await expect(other.begin(callback)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('is another one than the settings name'),
    })
    await other.close()
  })
})
