import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AccessTrial, startAccessTrial } from '#main/app/access-trial.ts'
import { removeFolder, temporaryFolder } from '#main/app/trial.ts'
import { manualClock } from '#main/kernel/clock.ts'

const minute = 60_000
const told = { provider: 'ldap', issuer: 'x', subject: 'ana', name: 'Ana', email: null, groups: ['sre'] } as const

describe('two applications on one workspace', () => {
  let folder: string
  let clock: ReturnType<typeof manualClock>
  let one: AccessTrial
  let other: AccessTrial

  beforeEach(async () => {
    folder = temporaryFolder('shared')
    clock = manualClock(Date.now())
    const path = join(folder, 'workspace.db')
    one = await startAccessTrial({ path, clock })
    other = await startAccessTrial({ path, clock })
    const ldap = { kind: 'ldap', name: 'D', url: 'ldap://127.0.0.1:1', startTls: false, baseDn: 'dc=x' } as const
    await one.enter().api.putProvider({ provider: ldap })
    await one.set({ signInRequired: true, groupRoles: [{ group: 'sre', role: 'admin' }] })
    await other.access.reload()
  })
  afterEach(async () => {
    await one.close()
    await other.close()
    removeFolder(folder)
  })

  /** As a sign-in through the provider leaves it. */
  const signIn = async ({ access, enter }: AccessTrial) => {
    const { api } = enter({ via: 'command line' })
    const [provider = ''] = access.providers.ids()
    const external = { ...told, authenticatedAt: clock.now(), secondFactor: false }
    const live = access.sessions.find((await api.me({})).session)
    if (!live) throw new Error('There is no session.')
    await access.arrivals.arrive(live, { external, provider, login: 'ana', tokens: null }, clock.now())
    return { api, session: (await api.me({})).session }
  }

  it('demand sign-in in both, as soon as one of them does', async () => {
    expect((await other.enter().api.me({})).state).toBe('signed-out')
  })

  it('see each other’s sessions, and end them', async () => {
    const { api, session } = await signIn(one)
    await other.access.reload()
    const { api: admin } = await signIn(other)
    expect((await admin.sessions({})).map(({ id }) => id)).toContain(session)
    expect(await admin.endSession({ id: session })).toEqual({ ended: true })
    await one.access.reload()
    expect((await api.me({})).state).toBe('signed-out')
  })

  it('leave it to the one that holds a session to lock it', async () => {
    const { api } = await signIn(one)
    await other.access.reload()
    clock.advance(14 * minute)
    await api.active({})
    clock.advance(2 * minute)
    other.access.sessions.tick()
    await one.access.reload()
    expect((await api.me({})).state).toBe('signed-in')
  })

  it('take a role from everybody in both', async () => {
    const { api } = await signIn(one)
    const { id = null } = await api.me({})
    const known = await other.access.find(id ?? '')
    await other.access.identities.decide(known.id, [], true, known.revision)
    await one.access.reload()
    expect((await api.me({})).state).toBe('signed-out')
  })
})

describe('a personal workspace with a passphrase', () => {
  it('is locked, and opened again by the passphrase alone, also when the page was loaded anew', async () => {
    const trial = await startAccessTrial({ keychain: null })
    await trial.vault.create('correct horse battery')
    const { api, key, close } = trial.enter({ via: 'browser', invited: true })
    expect(await api.me({})).toMatchObject({ state: 'signed-in', proofs: ['passphrase'] })
    expect(await api.lock({})).toMatchObject({ state: 'locked' })
    await expect(api.settings({})).rejects.toMatchObject({ code: 'unauthenticated' })
    close()
    const { api: again } = trial.enter({ via: 'browser', invited: true, key })
    expect((await again.me({})).state).toBe('locked')
    const proof = (passphrase: string) => again.prove({ proof: { kind: 'passphrase', passphrase } })
    await expect(proof('wrong horse battery')).rejects.toMatchObject({ code: 'forbidden' })
    expect(await proof('correct horse battery')).toMatchObject({ state: 'signed-in' })
    await trial.close()
  })

  it('is not entered by a browser that came without a link, and ends the session of one that is sent away', async () => {
    const trial = await startAccessTrial()
    expect((await trial.enter({ via: 'browser' }).api.me({})).state).toBe('signed-out')
    const { api, key } = trial.enter({ via: 'browser', invited: true })
    await api.signOut({})
    expect(trial.web.isDismissed(key)).toBe(true)
    expect((await trial.enter({ via: 'browser', invited: true, key }).api.me({})).state).toBe('signed-out')
    await expect(trial.enter().api.signOut({})).rejects.toMatchObject({ code: 'unsupported' })
    await expect(trial.enter().api.lock({})).rejects.toMatchObject({ code: 'unsupported' })
    await trial.close()
  })
})
