import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { available } from '#e2e/app/peers/peer.ts'
import { type Slapd, startSlapd } from '#e2e/app/peers/slapd.ts'
import { type AccessTrial, startAccessTrial } from '#main/app/access-trial.ts'
import type { Client } from '#preload/contract/define.ts'
import type { access as contract } from '#preload/security/access.ts'

const minute = 60_000
const hour = 60 * minute

let slapd: Slapd
let trial: AccessTrial
let id: string

describe.runIf(available('slapd'))('a session', () => {
  beforeAll(async () => {
    slapd = await startSlapd()
  })
  afterAll(() => slapd.stop())
  beforeEach(async () => {
    trial = await startAccessTrial()
    const { api, close } = trial.enter()
    id = (
      await api.putProvider({
        provider: {
          kind: 'ldap',
          name: 'Directory',
          url: slapd.url,
          startTls: false,
          bindDn: slapd.adminDn,
          bindPassword: slapd.adminPassword,
          baseDn: slapd.baseDn,
          groupBaseDn: slapd.groupsDn,
        },
      })
    ).id
    close()
    await trial.set({
      signInRequired: true,
      idleMinutes: 15,
      absoluteHours: 8,
      groupRoles: [
        { group: '*', role: 'viewer' },
        { group: 'sre', role: 'admin' },
      ],
    })
  })
  afterEach(() => trial.close())

  const enter = async (login = 'ana') => {
    const { api } = trial.enter()
    const me = await api.signInWithPassword({ provider: id, login, password: `${login}-pw` })
    return { api, me, id: me.id ?? '' }
  }
  const state = async (api: Client<typeof contract>): Promise<string> => (await api.me({})).state

  it('locks when nobody is there, tells its watchers, and opens again by a proof', async () => {
    const { api, me } = await enter()
    expect(Date.parse(me.locksAt ?? '')).toBe(trial.clock.now() + 15 * minute)
    const watch = api.watch({})[Symbol.asyncIterator]()
    const told = watch.next()
    await state(api) // the watch is open by now
    trial.clock.advance(15 * minute)
    trial.access.sessions.tick()
    expect(await told).toEqual({ done: false, value: { changed: 'session' } })
    expect(await state(api)).toBe('locked')
    await expect(api.settings({})).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(await api.prove({ proof: { kind: 'password', password: 'ana-pw' } })).toMatchObject({ state: 'signed-in' })
    expect(await api.settings({})).toMatchObject({ signInRequired: true })
  })

  it('is kept from locking by commands and by a screen that sees its person, not by what a screen repeats', async () => {
    const { api } = await enter()
    trial.clock.advance(14 * minute)
    await api.active({})
    trial.clock.advance(14 * minute)
    expect(await state(api)).toBe('signed-in')
    await api.prove({ proof: { kind: 'password', password: 'ana-pw' } })
    trial.clock.advance(14 * minute)
    await api.identities({})
    await api.me({})
    trial.clock.advance(minute)
    expect(await state(api)).toBe('locked')
  })

  it('ends after its hours whatever is done', async () => {
    const { api } = await enter()
    for (let tenths = 0; tenths < 8 * 6; tenths++) {
      expect(await state(api)).toBe('signed-in')
      await api.active({})
      trial.clock.advance(10 * minute)
    }
    expect(await state(api)).toBe('signed-out')
    trial.clock.set(trial.clock.now() - 2 * hour)
    expect(await state(api)).toBe('signed-out')
  })

  it('is locked by hand, and a lock survives coming back with the same key', async () => {
    const { api, key, close } = trial.enter()
    await api.signInWithPassword({ provider: id, login: 'ana', password: 'ana-pw' })
    expect(await api.lock({})).toMatchObject({ state: 'locked' })
    close()
    expect(await state(trial.enter({ key }).api)).toBe('locked')
  })

  it('loses its rights at once when its owner is disabled or loses a role', async () => {
    const admin = await enter()
    const aud = await enter('aud')
    const [before] = (await admin.api.identities({})).filter((identity) => identity.id === aud.id)
    const given = await admin.api.setIdentity({
      id: aud.id,
      assignedRoles: ['security-officer'],
      disabled: false,
      revision: before?.revision ?? -1,
    })
    expect(await aud.api.me({})).toMatchObject({ roles: ['security-officer', 'viewer'] })
    const stale = { id: aud.id, assignedRoles: [], disabled: true, revision: given.revision - 1 }
    await expect(admin.api.setIdentity(stale)).rejects.toMatchObject({ code: 'conflict' })
    await admin.api.setIdentity({ ...stale, revision: given.revision })
    expect(await state(aud.api)).toBe('signed-out')
    await expect(enter('aud')).rejects.toMatchObject({ code: 'forbidden', message: 'You were disabled here.' })
    expect(trial.written.filter(({ operation }) => operation === 'access.setIdentity').at(-1)).toEqual({
      operation: 'access.setIdentity',
      outcome: 'succeeded',
      targets: [aud.id],
    })
  })

  it('follows the roles of groups as they are changed', async () => {
    const { api } = await enter()
    await trial.set({
      groupRoles: [
        { group: 'sre', role: 'sre' },
        { group: 'nobody', role: 'admin' },
      ],
    })
    expect(await api.me({})).toMatchObject({ roles: ['sre'] })
    await trial.set({ groupRoles: [{ group: 'nobody', role: 'admin' }] })
    expect(await state(api)).toBe('signed-out')
  })

  it('makes room for a new one of the same person by ending the oldest', async () => {
    await trial.set({ sessionsPerIdentity: 2 })
    const first = await enter()
    trial.clock.advance(1_000)
    const second = await enter()
    trial.clock.advance(1_000)
    await enter()
    expect(await state(first.api)).toBe('signed-out')
    expect(await state(second.api)).toBe('signed-in')
  })

  it('is seen and ended by its owner, and by whoever may', async () => {
    const [admin, aud, other] = [await enter(), await enter('aud'), await enter('aud')]
    expect(await aud.api.sessions({})).toHaveLength(2)
    expect(await admin.api.sessions({})).toHaveLength(3)
    expect(await aud.api.endSession({ id: other.me.session })).toEqual({ ended: true })
    expect(await state(other.api)).toBe('signed-out')
    await expect(aud.api.endSession({ id: admin.me.session })).rejects.toMatchObject({ code: 'forbidden' })
    expect(await admin.api.endSession({ id: aud.me.session })).toEqual({ ended: true })
    expect(await state(aud.api)).toBe('signed-out')
    expect(await admin.api.endSession({ id: aud.me.session })).toEqual({ ended: false })
  })

  it('signs out, and the same way in can be signed in again', async () => {
    const { api } = await enter()
    expect(await api.signOut({})).toEqual({ logoutUrl: null })
    expect(await state(api)).toBe('signed-out')
    await api.signInWithPassword({ provider: id, login: 'ana', password: 'ana-pw' })
    expect(await state(api)).toBe('signed-in')
  })

  it('is asked to prove itself before a dangerous act, and told so beforehand', async () => {
    const { api } = await enter()
    trial.clock.advance(11 * minute)
    const { 'access.setSettings': verdict } = await api.verdicts({ operations: ['access.setSettings'] })
    expect(verdict).toMatchObject({ allowed: false, needs: 'step_up', policy: 'fresh-proof' })
    const wanted = { ...(await api.settings({})), idleMinutes: 20 }
    await expect(api.setSettings(wanted)).rejects.toMatchObject({ code: 'step_up' })
    await api.prove({ proof: { kind: 'password', password: 'ana-pw' } })
    expect(await api.setSettings(wanted)).toMatchObject({ idleMinutes: 20 })
  })

  it('says what is forbidden to whom: not signed in, or not allowed', async () => {
    const operations = ['access.identities', 'access.setSettings', 'access.me', 'nothing.here']
    const out = await trial.enter().api.verdicts({ operations })
    expect(Object.values(out).map(({ allowed, needs }) => [allowed, needs])).toEqual([
      [false, 'sign_in'],
      [false, 'sign_in'],
      [true, null],
      [false, null],
    ])
    const { api } = await enter('aud')
    expect((await api.verdicts({ operations }))['access.setSettings']).toMatchObject({ allowed: false, needs: null })
  })

  it('is an administrator for a while when the glass is broken, and everybody is told', async () => {
    const { api } = await enter()
    await trial.set({
      groupRoles: [
        { group: '*', role: 'sre' },
        { group: 'x', role: 'admin' },
      ],
    })
    expect(await api.me({})).toMatchObject({ roles: ['sre'] })
    expect(await api.breakGlass({ reason: 'Paris is down', minutes: 10 })).toMatchObject({ roles: ['admin', 'sre'] })
    expect(trial.notices).toEqual([expect.stringContaining('Ana Sre broke the glass')])
    trial.clock.advance(10 * minute)
    expect(await api.me({})).toMatchObject({ roles: ['sre'] })
  })

  it('of the machine’s own user is an administrator for an hour after a recovery, and no other', async () => {
    const desktop = trial.enter().api
    const browser = trial.enter({ via: 'browser', origin: 'https://ops.example' }).api
    expect(await state(desktop)).toBe('signed-out')
    await trial.access.recoverAdmin()
    expect(await desktop.me({})).toMatchObject({
      state: 'signed-in',
      id: 'os:ana',
      roles: ['admin'],
      signInRequired: true,
    })
    expect(await state(browser)).toBe('signed-out')
    trial.clock.advance(hour)
    expect(await state(desktop)).toBe('signed-out')
  })

  it('forgets a person who is erased, and never uses their id again', async () => {
    const { api, id: ana } = await enter()
    await trial.access.forget(ana)
    expect(await state(api)).toBe('signed-out')
    const left = JSON.stringify(await trial.access.identities.find(ana))
    for (const text of ['Ana', 'ana@ops.test', 'sre']) expect(left).not.toContain(text)
    expect((await enter()).id).not.toBe(ana)
  })

  it('is written at most every half minute while it is used', async () => {
    const { api } = await enter()
    const before = trial.access.sessions.all().find(({ owner }) => owner !== null)?.savedAt ?? 0
    for (let seconds = 0; seconds < 29; seconds++) {
      trial.clock.advance(1_000)
      await api.active({})
    }
    const saved = () => trial.access.sessions.all().find(({ owner }) => owner !== null)?.savedAt ?? 0
    expect(saved()).toBe(before)
    trial.clock.advance(1_000)
    await api.active({})
    await vi.waitFor(() => expect(saved()).toBe(before + 30_000))
  })
})
