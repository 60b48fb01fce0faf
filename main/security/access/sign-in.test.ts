import { get } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type IdentityProvider, signInAtProvider, startIdentityProvider } from '#e2e/app/peers/identity-provider.ts'
import { available } from '#e2e/app/peers/peer.ts'
import { type Slapd, startSlapd } from '#e2e/app/peers/slapd.ts'
import { type AccessTrial, startAccessTrial } from '#main/app/access-trial.ts'
import type { ProviderInput, SignInStep } from '#preload/security/sign-in.ts'

let trial: AccessTrial
beforeEach(async () => {
  trial = await startAccessTrial()
})
afterEach(() => trial.close())

const addProvider = async (provider: ProviderInput): Promise<string> => {
  const { api, close } = trial.enter()
  const { id } = await api.putProvider({ provider })
  close()
  return id
}

/** What a browser does with the address it is sent back to. */
const visit = (url: string): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    get(url, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    }).on('error', reject)
  })

const next = async (steps: AsyncIterator<SignInStep>): Promise<SignInStep> => {
  const { value } = await steps.next()
  return value as SignInStep
}

describe('a personal workspace', () => {
  it('is entered without ceremony, by the user of the operating system', async () => {
    const { api } = trial.enter()
    expect(await api.me({})).toMatchObject({
      state: 'signed-in',
      signInRequired: false,
      id: 'os:ana',
      roles: ['admin'],
      via: 'desktop',
      endsAt: null,
    })
  })

  it('is only looked at by a read-only session', async () => {
    const { api } = trial.enter({ readOnly: true })
    expect(await api.me({})).toMatchObject({ roles: ['viewer'] })
    await expect(api.setSettings({ ...trial.access.settings(), idleMinutes: 5 })).rejects.toMatchObject({
      code: 'forbidden',
    })
    expect(trial.written).toEqual([{ operation: 'access.setSettings', outcome: 'forbidden', targets: [] }])
  })

  it('cannot demand sign-in while nobody could be its administrator', async () => {
    const { api } = trial.enter()
    const wanted = {
      ...(await api.settings({})),
      signInRequired: true,
      groupRoles: [{ group: '*', role: 'admin' as const }],
    }
    await expect(api.setSettings(wanted)).rejects.toMatchObject({ code: 'conflict' })
    expect((await api.me({})).state).toBe('signed-in')
  })
})

describe('an OpenID provider', () => {
  let provider: IdentityProvider
  let id: string
  beforeAll(async () => {
    provider = await startIdentityProvider()
  })
  afterAll(() => provider.stop())
  beforeEach(async () => {
    id = await addProvider({
      kind: 'oidc',
      name: 'Login',
      issuer: provider.issuer,
      clientId: provider.clientId,
      scopes: 'openid profile email groups offline_access',
      groupsClaim: 'groups',
    })
    await trial.set({
      signInRequired: true,
      groupRoles: [
        { group: 'sre', role: 'sre' },
        { group: 'on-call', role: 'admin' },
      ],
    })
  })

  it('signs somebody in through the browser, with the roles of their groups', async () => {
    const { api } = trial.enter()
    expect(await api.me({})).toMatchObject({ state: 'signed-out', id: null, roles: [] })
    await expect(api.identities({})).rejects.toMatchObject({ code: 'unauthenticated' })
    const steps = api.signIn({ provider: id, flow: 'browser' })[Symbol.asyncIterator]()
    const open = await next(steps)
    if (open.kind !== 'open') throw new Error('It says nowhere to go.')
    const page = visit(await signInAtProvider(open.url, 'ana'))
    expect(await next(steps)).toEqual({ kind: 'done', name: 'Ana Sre', secondFactorNeeded: false, exchange: null })
    expect(await page).toMatchObject({ status: 200, body: expect.stringContaining('You are signed in.') })
    expect((await steps.next()).done).toBe(true)
    expect(await api.me({})).toMatchObject({
      state: 'signed-in',
      name: 'Ana Sre',
      email: 'ana@ops.test',
      roles: ['admin', 'sre'],
      groups: ['sre', 'on-call'],
      proofs: ['sign-in'],
    })
    const me = await api.me({})
    expect(trial.written.at(-1)).toEqual({
      operation: 'access.signIn',
      outcome: 'succeeded',
      targets: [me.id, id],
    })
  })

  it('does not let in somebody whom nothing gives a role, and says so', async () => {
    const { api } = trial.enter()
    const steps = api.signIn({ provider: id })[Symbol.asyncIterator]()
    const open = await next(steps)
    if (open.kind !== 'open') throw new Error('It says nowhere to go.')
    const failed = expect(steps.next()).rejects.toMatchObject({
      code: 'forbidden',
      message: 'You are known, but nothing says what you may do here.',
    })
    const page = await visit(await signInAtProvider(open.url, 'aud'))
    await failed
    expect(page).toMatchObject({ status: 403, body: expect.stringContaining('You are not signed in.') })
    expect((await api.me({})).state).toBe('signed-out')
    expect(trial.written.at(-1)).toMatchObject({ operation: 'access.signIn', outcome: 'failed' })
  })

  it('signs somebody in by a code on another device', async () => {
    const { api } = trial.enter({ via: 'command line' })
    const steps = api.signIn({ provider: id, flow: 'device' })[Symbol.asyncIterator]()
    const code = await next(steps)
    if (code.kind !== 'code') throw new Error('It shows no code.')
    await signInAtProvider(code.verificationUriComplete ?? code.verificationUri, 'ana')
    expect(await next(steps)).toMatchObject({ kind: 'done', name: 'Ana Sre' })
    expect((await api.me({})).state).toBe('signed-in')
  })

  it('gives a browser a session of its own, whose key nobody could plant', async () => {
    const origin = 'http://localhost:1'
    const { api, key } = trial.enter({ via: 'browser', origin: 'http://127.0.0.1:1' })
    const steps = api.signIn({ provider: id, flow: 'device' })[Symbol.asyncIterator]()
    const code = await next(steps)
    if (code.kind !== 'code') throw new Error('It shows no code.')
    await signInAtProvider(code.verificationUriComplete ?? code.verificationUri, 'ana')
    const done = await next(steps)
    if (done.kind !== 'done' || done.exchange === null) throw new Error('It gives no code to exchange.')
    expect((await api.me({})).state).toBe('signed-out')
    expect(trial.web.exchange(done.exchange, 'another browser')).toBeNull()
    const own = trial.web.exchange(done.exchange, key)
    expect(own).toMatch(/^[\w-]{43}$/)
    expect(trial.web.exchange(done.exchange, key)).toBeNull()
    const { api: fresh } = trial.enter({ via: 'browser', origin, key: own ?? '' })
    expect(await fresh.me({})).toMatchObject({ state: 'signed-in', name: 'Ana Sre' })
  })

  it('is told when somebody signs out who came through it', async () => {
    const { api } = trial.enter()
    const steps = api.signIn({ provider: id })[Symbol.asyncIterator]()
    const open = await next(steps)
    if (open.kind !== 'open') throw new Error('It says nowhere to go.')
    const done = next(steps)
    await visit(await signInAtProvider(open.url, 'ana'))
    await done
    const { logoutUrl } = await api.signOut({})
    expect(logoutUrl).toMatch(/^http:\/\/localhost:\d+\/session\/end\?id_token_hint=/)
    expect((await api.me({})).state).toBe('signed-out')
  })

  it('is asked again while somebody is signed in, and ends their session when it does not know them any more', async () => {
    const { api } = trial.enter()
    const steps = api.signIn({ provider: id })[Symbol.asyncIterator]()
    const open = await next(steps)
    if (open.kind !== 'open') throw new Error('It says nowhere to go.')
    const done = next(steps)
    await visit(await signInAtProvider(open.url, 'ana'))
    await done
    const { session, id: ana } = await api.me({})
    const kept = () => trial.vault.open(`access/session/${session}`)
    // This provider gives a refresh token only to who was asked for consent; most give one by the scope alone.
    const oidc = await trial.access.providers.oidc(id)
    const asked = await oidc.begin('http://127.0.0.1:1/callback', { prompt: 'consent' })
    const { tokens } = await oidc.complete(asked.pending, await signInAtProvider(asked.url, 'ana'))
    await trial.vault.put(`access/session/${session}`, JSON.stringify({ ...tokens, expiresAt: 0 }))
    const first = await kept()
    await trial.access.renewal.renewAll()
    expect(await kept()).toBe(first) // it is not due yet
    // The provider goes by the clock of this machine, so the session is made older instead of the time later.
    Object.assign(trial.access.sessions.find(session) ?? {}, { createdAt: trial.clock.now() - 6 * 60_000 })
    await trial.access.renewal.renewAll()
    expect(await kept()).not.toBe(first)
    expect(await api.me({})).toMatchObject({ state: 'signed-in', id: ana, groups: ['sre', 'on-call'] })
    await trial.vault.put(
      `access/session/${session}`,
      JSON.stringify({ ...JSON.parse(await kept()), refreshToken: 'revoked', expiresAt: 0 }),
    )
    trial.clock.advance(6 * 60_000)
    await trial.access.renewal.renewAll()
    expect((await api.me({})).state).toBe('signed-out')
  })

  it('makes one person of two first sign-ins at once', async () => {
    const external = { provider: 'oidc', issuer: 'x', subject: 'new', name: 'New', email: null } as const
    const told = { ...external, groups: ['sre'], authenticatedAt: 0, secondFactor: false }
    const both = await Promise.all([1, 2].map(() => trial.access.identities.arrived(told, id, null)))
    expect(both[0]?.id).toBe(both[1]?.id)
  })

  it('is asked again before a dangerous act, and only by the same person', async () => {
    const { api } = trial.enter()
    const signIn = async (login: string): Promise<SignInStep> => {
      const steps = api.signIn({ provider: id })[Symbol.asyncIterator]()
      const open = await next(steps)
      if (open.kind !== 'open') throw new Error('It says nowhere to go.')
      const done = next(steps)
      done.catch(() => {})
      await visit(await signInAtProvider(open.url, login))
      return done
    }
    await signIn('ana')
    const { provenAt: first } = await api.me({})
    trial.clock.advance(5_000)
    await signIn('ana')
    const { provenAt: second } = await api.me({})
    expect(Date.parse(second ?? '')).toBeGreaterThan(Date.parse(first ?? ''))
    await expect(signIn('aud')).rejects.toMatchObject({ code: 'forbidden' })
    expect(await api.me({})).toMatchObject({ name: 'Ana Sre', provenAt: second })
  })

  it('is walked in a test without signing anybody in', async () => {
    await trial.set({ signInRequired: false })
    const { api } = trial.enter()
    const steps = []
    for await (const step of api.testProvider({ id })) steps.push(step)
    expect(steps.at(-1)).toMatchObject({ step: 'metadata', status: 'ok' })
  })

  it('that is removed signs out whoever came through it, at once', async () => {
    const { api } = trial.enter()
    const steps = api.signIn({ provider: id, flow: 'device' })[Symbol.asyncIterator]()
    const code = await next(steps)
    if (code.kind !== 'code') throw new Error('It shows no code.')
    await signInAtProvider(code.verificationUriComplete ?? code.verificationUri, 'ana')
    await next(steps)
    await expect(api.removeProvider({ id })).rejects.toMatchObject({ code: 'conflict' })
    await trial.set({ signInRequired: false })
    await trial.enter().api.removeProvider({ id })
    await trial.access.reload()
    expect((await api.me({})).id).toBe('os:ana')
    expect(trial.access.sessions.all().every(({ owner }) => owner === null)).toBe(true)
  })
})

describe.runIf(available('slapd'))('a directory', () => {
  let slapd: Slapd
  let id: string
  beforeAll(async () => {
    slapd = await startSlapd()
  })
  afterAll(() => slapd.stop())
  beforeEach(async () => {
    id = await addProvider({
      kind: 'ldap',
      name: 'Directory',
      url: slapd.url,
      startTls: false,
      bindDn: slapd.adminDn,
      bindPassword: slapd.adminPassword,
      baseDn: slapd.baseDn,
      groupBaseDn: slapd.groupsDn,
      nameAttribute: 'cn',
      mailAttribute: 'mail',
      nestedGroups: true,
    })
    await trial.set({ signInRequired: true, groupRoles: [{ group: '*', role: 'admin' }] })
  })

  it('signs in by password, keeps it nowhere, and takes it again as a proof', async () => {
    const { api } = trial.enter()
    const me = await api.signInWithPassword({ provider: id, login: 'ana', password: 'ana-pw' })
    expect(me).toMatchObject({ state: 'signed-in', name: 'Ana Sre', proofs: ['password'] })
    trial.clock.advance(60_000)
    const proven = await api.prove({ proof: { kind: 'password', password: 'ana-pw' } })
    expect(Date.parse(proven.provenAt ?? '')).toBe(Date.parse(me.provenAt ?? '') + 60_000)
    await expect(api.prove({ proof: { kind: 'password', password: 'wrong' } })).rejects.toMatchObject({
      code: 'unauthenticated',
    })
  })

  it('says the same of a wrong password and of nobody, and after five of either nothing but to wait', async () => {
    const { api } = trial.enter({ source: null })
    const attempt = (login: string, password: string) =>
      api.signInWithPassword({ provider: id, login, password }).catch((error: unknown) => error)
    const [wrong, nobody] = await Promise.all([attempt('ana', 'x'), attempt('nobody', 'x')])
    expect(wrong).toMatchObject({ code: 'unauthenticated' })
    expect(nobody).toMatchObject({ code: 'unauthenticated', message: (wrong as Error).message })
    await Promise.all(['ANA', ' ana', 'Ana', 'ana'].map((login) => attempt(login, 'x')))
    expect(await attempt('ana', 'ana-pw')).toMatchObject({
      code: 'throttled',
      hint: expect.stringContaining('a minute'),
    })
    trial.clock.advance(61_000)
    expect(await attempt('ana', 'ana-pw')).toMatchObject({ state: 'signed-in' })
  })

  it('locks out an address that tries many names', async () => {
    const { api } = trial.enter({ source: '192.0.2.7' })
    const attempt = (login: string) =>
      api.signInWithPassword({ provider: id, login, password: 'x' }).catch((error: { code: string }) => error.code)
    const codes = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(attempt))
    expect(codes.filter((code) => code === 'unauthenticated')).toHaveLength(5)
    expect(codes.filter((code) => code === 'throttled')).toHaveLength(3)
    const { api: elsewhere } = trial.enter({ source: '192.0.2.8' })
    expect(await elsewhere.signInWithPassword({ provider: id, login: 'ana', password: 'ana-pw' })).toMatchObject({
      state: 'signed-in',
    })
  })

  it('is unlocked by an administrator before the time is over', async () => {
    const { api } = trial.enter()
    const { id: aud } = await api.signInWithPassword({ provider: id, login: 'aud', password: 'aud-pw' })
    const guess = trial.enter().api
    for (let count = 0; count < 5; count++)
      await guess.signInWithPassword({ provider: id, login: 'aud', password: 'x' }).catch(() => {})
    const [locked] = (await api.identities({})).filter((identity) => identity.id === aud)
    expect(locked?.lockedUntil).not.toBeNull()
    expect(await api.unlockIdentity({ id: aud ?? '' })).toMatchObject({ lockedUntil: null })
    expect(await guess.signInWithPassword({ provider: id, login: 'aud', password: 'aud-pw' })).toMatchObject({
      state: 'signed-in',
    })
  })
})
