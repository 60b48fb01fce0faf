import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Authority, createAuthority } from '#e2e/app/peers/certificates.ts'
import { type PostgresPeer, postgresAvailable, startPostgres } from '#e2e/app/peers/postgres.ts'
import { type Slapd, startSlapd } from '#e2e/app/peers/slapd.ts'
import { startWebhook, type WebhookPeer } from '#e2e/app/peers/webhook.ts'
import { createEntries } from '#main/kernel/audit/read.ts'
import { createSubjects } from '#main/kernel/audit/subject.ts'
import { systemClock } from '#main/kernel/clock.ts'
import type { PostgresSettings } from '#main/kernel/store/place.ts'
import { openWorkspace } from '#main/kernel/store/workspace.ts'
import { openVault } from '#main/kernel/vault/vault.ts'
import { newKey } from '#main/security/access/live.ts'
import { contracts } from '#preload/app/contracts.ts'
import { createClient } from '#preload/contract/caller.ts'
import type { ConnectionInput } from '#preload/fleet/connections.ts'
import type { AuditEntry } from '#preload/security/audit.ts'
import { connectLocally } from './local-caller.ts'
import { migrations } from './migrations.ts'
import { collect, removeFolder, startTrial, type Trial, temporaryFolder } from './trial.ts'

const soon = { timeout: 10_000, interval: 25 } as const
const passphrase = 'correct horse battery'
const each = 200
/** As many calls as several busy people and their scripts have under way. */
const atOnce = 16

type Done = { readonly mark: string; readonly op: string; readonly error?: unknown }

describe.runIf(postgresAvailable())('two applications of a team', { timeout: 120_000 }, () => {
  let peer: PostgresPeer
  let authority: Authority
  let place: PostgresSettings
  let schemas = 0
  let ana: Trial
  let ben: Trial
  const folders: string[] = []

  beforeAll(async () => {
    authority = await createAuthority()
    peer = await startPostgres({ certificate: await authority.issue({ commonName: 'db', names: ['IP:127.0.0.1'] }) })
  })
  afterAll(async () => {
    await peer?.stop()
    for (const folder of folders) removeFolder(folder)
  })

  const join = async (userName: string): Promise<Trial> => {
    const folder = temporaryFolder(`team-${userName}`)
    folders.push(folder)
    process.env.FRAMEWORK0_WORKSPACE_PASSWORD = peer.password
    try {
      const { password: _, ...to } = place
      const before = await startTrial(folder, { userName })
      await before.api.workspace.use({ to })
      await before.close()
      return await startTrial(folder, { userName })
    } finally {
      delete process.env.FRAMEWORK0_WORKSPACE_PASSWORD
    }
  }
  beforeEach(async () => {
    const { host, port, database, user, password } = peer
    const tls = { mode: 'verify-full', ca: authority.ca } as const
    place = { host, port, database, user, password, schema: `shared_${++schemas}`, tls }
    ana = await join('ana')
    ben = await join('ben')
    await ana.api.access.createVault({ passphrase })
    await ben.application.unlock(passphrase)
  })
  afterEach(async () => {
    await ana.close()
    await ben.close()
  })

  const connection = (name: string, change: Partial<ConnectionInput> = {}): ConnectionInput => ({
    kind: 'prometheus',
    name,
    url: `http://127.0.0.1:9/${name}/`,
    environment: 'test',
    auth: { kind: 'none' },
    tls: {},
    ...change,
  })

  /** The nth command of somebody; its mark is in what it leaves behind. */
  const commandOf = async ({ api }: Trial, n: number, mark: string): Promise<string> => {
    const kind = n % 20 === 0 ? 'connection' : n % 4 === 0 ? 'silence' : n % 2 === 0 ? 'note' : 'view'
    if (kind === 'connection') await api.connections.create(connection(mark))
    if (kind === 'note') await api.alerts.note({ ids: [mark], text: mark })
    if (kind === 'view') await api.operations.saveView({ screen: 'alerts', name: mark, search: { mark } })
    if (kind === 'silence')
      await api.silences.create({
        target: 'local',
        matchers: [{ name: 'service', value: mark, isRegex: false, isEqual: true }],
        startsAt: '2026-01-01T00:00:00.000Z',
        endsAt: '2999-01-01T00:00:00.000Z',
        comment: mark,
      })
    return {
      connection: 'connections.create',
      note: 'alerts.note',
      view: 'operations.saveView',
      silence: 'silences.create',
    }[kind]
  }

  const hammer = async (trial: Trial, prefix: string): Promise<readonly Done[]> => {
    const done: Done[] = []
    let next = 0
    const worker = async (): Promise<void> => {
      for (let n = next++; n < each; n = next++) {
        const mark = `${prefix}-${n}`
        done.push(
          await commandOf(trial, n, mark).then(
            (op) => ({ mark, op }),
            (error: unknown) => ({ mark, op: '', error }),
          ),
        )
      }
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
    return done
  }

  /** How often each mark is there, as one of the applications tells it. */
  const found = async ({ api }: Trial, done: readonly Done[]): Promise<ReadonlyMap<string, number>> => {
    const notes = done.filter(({ op }) => op === 'alerts.note')
    const names = [
      ...(await api.operations.views({ screen: 'alerts' })).map(({ name }) => name),
      ...(await api.connections.list({})).map(({ name }) => name),
      ...(await api.silences.list({ states: ['active'] })).silences.map(({ comment }) => comment),
      ...(await Promise.all(notes.map(({ mark }) => api.alerts.activity({ id: mark })))).flat().map(({ text }) => text),
    ]
    return new Map([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]))
  }

  /** The whole log, read from the database by nobody of the two. */
  const entries = async (): Promise<readonly AuditEntry[]> => {
    const opened = await openWorkspace({ kind: 'postgres', settings: place }, migrations)
    const log = createEntries(opened.workspace, createSubjects(opened.workspace, systemClock))
    const all = (await collect(log.follow(0))).flat()
    await opened.close()
    return all
  }

  const verified = async ({ api }: Trial) => {
    const { state, checkpoint, problems } = (await collect(api.audit.verify({}))).at(-1) ?? {}
    return { state, problems, signed: checkpoint?.size }
  }

  it(`lose nothing of what ${2 * each} commands at once were told, and log each once and in order`, async () => {
    let busy = true
    /** The log is sound at every moment, also while others write and sign it. */
    const watched = async (): Promise<readonly unknown[]> => {
      const found: unknown[] = []
      while (busy) found.push(...((await verified(ben)).problems ?? []))
      return found
    }
    const watching = watched()
    const done = (await Promise.all([hammer(ana, 'ana'), hammer(ben, 'ben')])).flat()
    busy = false
    expect(await watching).toEqual([])
    expect(done.filter(({ error }) => error !== undefined)).toEqual([])
    for (const trial of [ana, ben]) {
      const there = await found(trial, done)
      expect(done.filter(({ mark }) => there.get(mark) !== 1)).toEqual([])
    }
    const log = await entries()
    expect(log.map(({ sequence }) => sequence)).toEqual(log.map((_, n) => n + 1))
    const written = Map.groupBy(log, ({ operation, outcome, after, targets }) => {
      const mark = /"((?:ana|ben)-\d+)"/.exec(JSON.stringify([after, targets]))?.[1]
      return `${mark} ${operation} ${outcome}`
    })
    for (const { mark, op } of done) expect([mark, written.get(`${mark} ${op} succeeded`)?.length]).toEqual([mark, 1])
    for (const who of [ana, ben]) {
      const { state, problems, signed } = await verified(who)
      expect([state, problems]).toEqual(['verified', []])
      expect(signed).toBeGreaterThanOrEqual(log.length)
    }
    expect([ana.faults(), ben.faults()]).toEqual([[], []])
  })

  it('show to each other what was connected, without being asked to look again', async () => {
    const names: string[][] = []
    const abort = new AbortController()
    const watching = (async () => {
      for await (const _ of ben.api.connections.watch({}, { signal: abort.signal }))
        names.push((await ben.api.connections.list({})).map(({ name }) => name))
    })().catch(() => {})
    await ana.api.connections.create(connection('Metrics'))
    await expect.poll(() => names.at(-1), soon).toEqual(['Metrics'])
    const [there] = await ben.api.connections.list({})
    await ben.api.connections.remove({ id: there?.id ?? '' })
    await expect.poll(async () => (await ana.api.connections.list({})).length, soon).toBe(0)
    abort.abort()
    await watching
  })

  it('decide by a policy as soon as one of them has put it in force', async () => {
    const viewer = ben.as('viewer').access
    const verdict = async () =>
      (await ben.api.access.verdicts({ operations: ['operations.saveView'] }))['operations.saveView']
    expect((await verdict())?.allowed).toBe(true)
    const told: string[] = []
    const abort = new AbortController()
    const watching = (async () => {
      for await (const { changed } of viewer.watch({}, { signal: abort.signal })) told.push(changed)
    })().catch(() => {})
    const { current } = await ana.api.governance.policies({})
    const text =
      '@id("still") @reason("Nothing is saved now.")\nforbid (principal, action == Action::"operations.saveView", resource);'
    await ana.api.governance.savePolicies({ text, tests: [], note: 'Try it.', revision: current.version })
    await expect.poll(async () => (await verdict())?.allowed, soon).toBe(false)
    await expect(ben.api.operations.saveView({ screen: 'a', name: 'x', search: {} })).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('Nothing is saved now.'),
    })
    await expect.poll(() => told, soon).toContain('policies')
    abort.abort()
    await watching
    await expect(
      ben.api.governance.savePolicies({ text: '', tests: [], note: 'Back.', revision: current.version }),
    ).rejects.toMatchObject({ code: 'conflict' })
    const { current: after } = await ben.api.governance.policies({})
    await ben.api.governance.savePolicies({ text: '', tests: [], note: 'Back.', revision: after.version })
    const save = () =>
      ana.api.operations.saveView({ screen: 'a', name: 'x', search: {} }).then(
        () => 'saved',
        () => 'refused',
      )
    await expect.poll(save, soon).toBe('saved')
  })

  it('keep both changes apart when they change the same connection at once, its secret too', async () => {
    const { id, revision } = await ana.api.connections.create(
      connection('Metrics', { auth: { kind: 'bearer', token: 'first' } }),
    )
    for (let round = 0, seen = revision; round < 10; round++) {
      const change = (who: Trial, environment: string) =>
        who.api.connections.update({
          ...connection('Metrics', {
            environment,
            auth: { kind: 'bearer', token: `token of ${environment} ${round}` },
          }),
          id,
          revision: seen,
        })
      const results = await Promise.allSettled([change(ana, 'ana'), change(ben, 'ben')])
      const lost = results.filter((result) => result.status === 'rejected')
      expect(lost.map(({ reason }) => [reason.code, reason.message])).toEqual([
        ['conflict', 'Somebody changed this connection meanwhile; nothing was saved.'],
      ])
      const won = await ben.api.connections.get({ id })
      expect(won.revision).toBe(seen + 1)
      expect(await secretOf(id)).toBe(`token of ${won.environment} ${round}`)
      seen = won.revision
    }
    const last = await ben.api.connections.get({ id })
    await ben.api.connections.update({
      ...connection('Metrics', { environment: 'again' }),
      id,
      revision: last.revision,
    })
    expect((await ana.api.connections.get({ id })).environment).toBe('again')
  })

  it('forward the log to where any of them says, whichever of them does it, and once', async () => {
    await using hook = await startWebhook({ signingSecret: 'shared' })
    await using later = await startWebhook({ signingSecret: 'shared' })
    const to = (name: string, { url }: WebhookPeer) =>
      ({ forwarder: { kind: 'webhook', name, enabled: true, url, signingSecret: 'shared' } }) as const
    await ana.api.audit.putForwarder(to('First', hook))
    await expect.poll(() => hook.events.length, soon).toBeGreaterThan(1) // now the first one leads
    const { id } = await ben.api.audit.putForwarder(to('Second', later))
    await expect.poll(() => later.events.length, soon).toBeGreaterThan(1)
    await ben.api.operations.saveView({ screen: 'alerts', name: 'Of Ben', search: {} })
    const entriesOf = ({ events }: WebhookPeer) => events.map(({ data }) => JSON.stringify(data))
    await expect.poll(() => entriesOf(later).some((entry) => entry.includes('saveView')), soon).toBe(true)
    await ben.api.audit.removeForwarder({ id })
    const sequences = later.events.map(({ data }) => data.sequence)
    expect(sequences).toEqual(sequences.map((_, n) => n + 1))
    const taken = later.requests()
    await ana.api.operations.saveView({ screen: 'alerts', name: 'Of Ana', search: {} })
    await expect.poll(() => entriesOf(hook).filter((entry) => entry.includes('saveView')).length, soon).toBe(2)
    expect([later.requests() - taken, hook.complaints, later.complaints]).toEqual([0, [], []])
    expect([ana.faults(), ben.faults()]).toEqual([[], []])
  })

  const secretOf = async (id: string): Promise<string> => {
    const opened = await openWorkspace({ kind: 'postgres', settings: place }, migrations)
    const vault = await openVault(opened.workspace, null)
    await vault.unlock(passphrase)
    const secret = await vault.open(`connection/${id}/token`)
    await opened.close()
    return secret
  }

  describe('where people sign in', () => {
    let directory: Slapd
    beforeAll(async () => {
      directory = await startSlapd({
        entries: [
          [
            'uid=boss,ou=people,dc=ops,dc=test',
            { objectClass: 'inetOrgPerson', uid: 'boss', cn: 'Bo Ss', sn: 'Ss', userPassword: 'boss-pw' },
          ],
          [
            'cn=admins,ou=groups,dc=ops,dc=test',
            { objectClass: 'groupOfNames', cn: 'admins', member: 'uid=boss,ou=people,dc=ops,dc=test' },
          ],
        ],
      })
    })
    afterAll(() => directory?.stop())

    /** A browser at one of the applications, with somebody of the directory in it. */
    const signIn = async ({ application }: Trial, login: string) => {
      const enter = (key: string) => {
        const session = application.openSession({ via: 'browser', key, source: null, readOnly: false })
        return createClient(contracts.access, connectLocally(application.router, session))
      }
      const key = newKey()
      const door = enter(key)
      const [method] = await door.signInMethods({})
      const me = await door.signInWithPassword({ provider: method?.provider ?? '', login, password: `${login}-pw` })
      return me.exchange === null ? door : enter(application.access.exchange(me.exchange, key) ?? '')
    }

    it('end a session and disable somebody for both at once', async () => {
      const { url, baseDn, adminDn, adminPassword } = directory
      await ana.api.access.putProvider({
        provider: {
          kind: 'ldap',
          name: 'Directory',
          url,
          startTls: false,
          baseDn,
          bindDn: adminDn,
          bindPassword: adminPassword,
        },
      })
      const settings = await ana.api.access.settings({})
      await ana.api.access.setSettings({
        ...settings,
        signInRequired: true,
        secondFactorRequired: false,
        groupRoles: [
          { group: 'sre', role: 'sre' },
          { group: 'admins', role: 'admin' },
        ],
      })
      await expect.poll(async () => ben.application.access.signInRequired(), soon).toBe(true)
      const admin = await signIn(ana, 'boss')
      const page = await signIn(ben, 'ana')
      const { session, state, id, roles } = await page.me({})
      expect([state, roles]).toEqual(['signed-in', ['sre']])
      await expect.poll(async () => (await admin.sessions({})).map((one) => one.id), soon).toContain(session)
      expect(await admin.endSession({ id: session })).toEqual({ ended: true })
      await expect.poll(async () => (await page.me({})).state, soon).toBe('signed-out')

      const again = await signIn(ben, 'ana')
      const known = (await admin.identities({})).find((one) => one.id === id)
      await admin.setIdentity({
        id: known?.id ?? '',
        assignedRoles: [],
        disabled: true,
        revision: known?.revision ?? 0,
      })
      await expect.poll(async () => (await again.me({})).state, soon).toBe('signed-out')
      await expect(signIn(ben, 'ana')).rejects.toMatchObject({
        code: expect.stringMatching(/forbidden|unauthenticated/),
      })
    })
  })
})
