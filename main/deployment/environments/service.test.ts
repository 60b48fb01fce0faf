import Database from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import { manualClock } from '#main/kernel/clock.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import { openVault, type Vault, vaultTables } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'
import type { EnvironmentInput, HostState, ServiceHealth } from '#preload/deployment/environments.ts'
import { createEnvironmentService, type EnvironmentService } from './service.ts'
import { createEnvironmentStore, environmentTables } from './store.ts'

const start = Date.UTC(2026, 10, 26, 12)
const frozenNow = [
  'BEGIN:VCALENDAR',
  'BEGIN:VEVENT',
  'UID:1',
  'SUMMARY:Sale',
  'DTSTART:20261126T000000Z',
  'DTEND:20261128T000000Z',
  'END:VEVENT',
  'END:VCALENDAR',
].join('\r\n')

let database: Database.Database
let vault: Vault
let service: EnvironmentService
let clock: ReturnType<typeof manualClock>
let running: ServiceHealth[]
let machines: HostState[]
let retire: (name: string, leave: boolean) => Promise<void>
let changes: number

beforeEach(async () => {
  database = new Database(':memory:')
  for (const statement of [...vaultTables, ...environmentTables]) database.exec(statement)
  const workspace: Workspace = new Kysely({ dialect: new SqliteDialect({ database }) })
  vault = await openVault(workspace, {
    unavailable: async () => null,
    protect: async (text) => Buffer.from(text).toString('hex'),
    reveal: async (sealed) => Buffer.from(sealed, 'hex').toString(),
  })
  clock = manualClock(start)
  running = []
  machines = []
  retire = async () => {}
  changes = 0
  service = createEnvironmentService({
    store: createEnvironmentStore(workspace),
    vault,
    clock,
    services: async () => running,
    hosts: async () => machines,
    placed: async () => running.map((each) => each.service),
    checkSshKey: async () => {},
    retire: (name, leave) => retire(name, leave),
    onChange: () => {
      changes++
    },
  })
})

const input = (name: string, change: Partial<EnvironmentInput> = {}): EnvironmentInput => ({
  name,
  description: '',
  region: '',
  owners: [],
  target: { kind: 'machine' },
  layers: [],
  requiredApprovals: 0,
  freezeCalendar: '',
  expiresAt: null,
  ...change,
})
const stored = (): string[] =>
  (database.prepare('select id from vault_secret order by id').all() as { id: string }[]).map(({ id }) => id)
const names = async () => (await service.list()).map(({ name }) => name)

describe('environments', () => {
  it('stand in the order in which they were added, until one is moved', async () => {
    for (const name of ['development', 'staging', 'production']) await service.create(input(name))
    await service.move('production', 0)
    expect(await names()).toEqual(['production', 'development', 'staging'])
    await service.move('production', 99)
    expect(await names()).toEqual(['development', 'staging', 'production'])
    await service.create(input('dr'))
    expect((await names()).at(-1)).toBe('dr')
  })

  it('have a name that only one can have', async () => {
    await service.create(input('staging'))
    await expect(service.create(input('staging'))).rejects.toMatchObject({ code: 'conflict', at: 'name' })
    expect([await names(), changes]).toEqual([['staging'], 1])
  })

  it.each([
    ['two layers of one name', { layers: [layer('a', {}), layer('a', {})] }, 'layers'],
    ['a calendar that is none', { freezeCalendar: 'December' }, 'freezeCalendar'],
    ['an expiry that has passed', { expiresAt: new Date(start - 1).toISOString() }, 'expiresAt'],
  ])('are refused with %s, and nothing is stored', async (_, change, at) => {
    await expect(service.create(input('qa', change))).rejects.toMatchObject({ code: 'invalid', at })
    expect([await names(), changes]).toEqual([[], 0])
  })

  it('stay where they are while services are placed there, but follow a host that is found again', async () => {
    const key = (letter: string): string => `SHA256:${letter.repeat(43)}`
    const at = (address: string, hostKey = key('a'), user = 'deploy'): EnvironmentInput['target'] => ({
      ...{ kind: 'ssh', hosts: [{ address, port: 22, user, hostKey }], folder: '/srv/f' },
      ports: { from: 20_000, to: 20_010 },
    })
    const placed: ServiceHealth = {
      ...{ service: 'checkout', version: '1', ready: 1, desired: 1, status: 'healthy', reasons: [], address: null },
      configuration: null,
    }
    await service.create(input('qa', { target: at('one') }))
    await service.update(input('qa', { target: at('two', key('b')) }), 1)
    running = [placed]
    const moves = (revision: number, target: EnvironmentInput['target']) =>
      service.update(input('qa', { target }), revision)
    await moves(2, at('two', key('c'), 'ops'))
    await moves(3, at('three', key('c')))
    const message = 'qa cannot move: checkout would be left where it runs now.'
    for (const target of [at('four', key('d')), { kind: 'machine' } as const])
      await expect(moves(4, target)).rejects.toMatchObject({ code: 'conflict', at: 'target', message })
    expect((await service.get('qa')).target).toEqual(at('three', key('c')))
  })

  it('keep the private key for their hosts in the vault, and give it to a clone', async () => {
    await service.create(input('qa'))
    const key = { privateKey: 'the private words', passphrase: 'open' }
    await expect((await service.place('qa')).key()).rejects.toMatchObject({ code: 'not_found' })
    await service.setSshKey('qa', key)
    expect(await service.get('qa')).toMatchObject({ sshKey: true, secrets: [] })
    await service.clone('qa', 'trial', null)
    expect(await (await service.place('trial')).key()).toEqual(key)
    expect(JSON.stringify(await service.list())).not.toContain('private words')
    await service.removeSshKey('qa')
    expect(await service.get('qa')).toMatchObject({ sshKey: false })
    await service.remove('trial')
    expect(stored()).toEqual([])
  })

  it('changed by two people are changed by the first, and nothing of the second is saved', async () => {
    await service.create(input('qa'))
    const outcomes = await Promise.allSettled([
      service.update(input('qa', { region: 'eu' }), 1),
      service.update(input('qa', { region: 'us' }), 1),
    ])
    expect(outcomes).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'conflict' } }])
    expect(await service.get('qa')).toMatchObject({ region: 'eu', revision: 2 })
  })

  it('keep their place, lock and secrets when their settings change', async () => {
    await service.create(input('staging'))
    await service.create(input('qa'))
    await service.setSecret('qa', 'TOKEN', 'x')
    await service.setLock('qa', { reason: 'Load test', by: 'ana' })
    const { after } = await service.update(input('qa', { region: 'eu' }), 1)
    expect(after).toMatchObject({ position: 1, secrets: ['TOKEN'], lock: { reason: 'Load test', by: 'ana' } })
  })

  it('that are gone are not found', async () => {
    for (const attempt of [
      service.get('qa'),
      service.update(input('qa'), 1),
      service.move('qa', 0),
      service.clone('qa', 'other', null),
      service.setLock('qa', null),
      service.setSecret('qa', 'A', 'b'),
      service.remove('qa'),
      service.configuration('qa'),
      service.openSecrets('qa'),
      service.mayChange('qa', start),
    ])
      await expect(attempt).rejects.toMatchObject({ code: 'not_found' })
    expect(stored()).toEqual([])
  })
})

describe('a rollout', () => {
  it('is held up by a lock, then by a freeze, and says which', async () => {
    await service.create(input('production', { freezeCalendar: frozenNow }))
    await service.setLock('production', { reason: 'Audit', by: 'ana' })
    expect(await service.mayChange('production', start)).toBe('production is locked: Audit')
    await service.setLock('production', null)
    const frozen = 'production is frozen until 2026-11-28T00:00:00.000Z: Sale'
    expect(await service.mayChange('production', start)).toBe(frozen)
    expect(await service.mayChange('production', Date.UTC(2026, 10, 28))).toBeNull()
    expect((await service.get('production')).frozen?.summary).toBe('Sale')
  })

  it('is held up by a calendar that can no longer be read, rather than let through', async () => {
    await service.create(input('production', { freezeCalendar: frozenNow }))
    database.prepare('update environment set freeze_calendar = ?').run('damaged')
    expect(await service.mayChange('production', start)).toMatch(/The freeze calendar is not an iCalendar/)
  })

  it('gets the merged configuration, and the secrets at the moment it asks for them', async () => {
    await service.create(input('qa', { layers: [layer('base', { A: '1', B: '1' }), layer('qa', { B: '2' })] }))
    await service.setSecret('qa', 'TOKEN', 'first')
    const { values, secrets } = await service.configuration('qa')
    expect(values).toEqual({ A: '1', B: '2' })
    expect(secrets).toEqual([{ name: 'TOKEN', fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) }])
    await service.setSecret('qa', 'TOKEN', 'second')
    expect(await service.openSecrets('qa')).toEqual({ TOKEN: 'second' })
    vault.lock()
    await expect(service.openSecrets('qa')).rejects.toMatchObject({ code: 'locked' })
  })

  it('can tell that a secret was set again, while the vault is locked and without telling which it is', async () => {
    await service.create(input('qa'))
    await service.setSecret('qa', 'TOKEN', 'same')
    await service.setSecret('qa', 'OTHER', 'same')
    const before = (await service.configuration('qa')).secrets
    expect(new Set(before.map(({ fingerprint }) => fingerprint)).size).toBe(2)
    await service.setSecret('qa', 'TOKEN', 'same')
    vault.lock()
    const [other, token] = (await service.configuration('qa')).secrets
    expect(other).toEqual(before[0])
    expect(token?.fingerprint).not.toBe(before[1]?.fingerprint)
    await vault.remove(['environment:qa:TOKEN'])
    expect((await service.configuration('qa')).secrets).toEqual([other])
  })
})

describe('the health of an environment', () => {
  const web = (change: Partial<ServiceHealth>): ServiceHealth => ({
    ...{ service: 'web', version: '1.0.0', ready: 1, desired: 1, address: null, configuration: null },
    ...{ status: 'healthy', reasons: [], ...change },
  })
  beforeEach(() => service.create(input('qa')))

  it('is unknown where nothing is deployed', async () => {
    expect((await service.get('qa')).health).toMatchObject({
      status: 'unknown',
      reasons: ['Nothing is deployed here.'],
    })
  })

  it.each([
    [[web({})], 'healthy', []],
    [[web({}), web({ service: 'api', status: 'unknown' })], 'unknown', ['api: 1 of 1 ready.']],
    [
      [web({ status: 'unknown' }), web({ service: 'api', status: 'degraded', ready: 1, desired: 2 })],
      'degraded',
      ['web: 1 of 1 ready.', 'api: 1 of 2 ready.'],
    ],
    [[web({ status: 'unhealthy', reasons: ['HTTP 500'] }), web({ service: 'api' })], 'unhealthy', ['web: HTTP 500']],
  ] as const)('is that of its worst service: %#', async (services, status, reasons) => {
    running = [...services]
    const { health } = await service.get('qa')
    expect(health).toMatchObject({ status, reasons, checkedAt: '2026-11-26T12:00:00.000Z' })
  })

  it('is unknown, with the reason, while its services cannot be asked', async () => {
    running = new Proxy([], {
      get() {
        throw new AppError('unreachable', 'The supervisor does not answer.')
      },
    })
    expect((await service.get('qa')).health).toMatchObject({
      status: 'unknown',
      reasons: ['What runs here cannot be told: The supervisor does not answer.'],
    })
  })
})

describe('two environments', () => {
  it('differ in versions, configuration, secrets, policy and target, and only in what differs', async () => {
    await service.create(input('staging', { region: 'eu', layers: [layer('a', { LEVEL: 'debug', SAME: '1' })] }))
    await service.create(
      input('production', {
        ...{ region: 'us', requiredApprovals: 2, freezeCalendar: frozenNow },
        layers: [layer('b', { LEVEL: 'info', SAME: '1', MORE: 'x' })],
      }),
    )
    await service.setSecret('production', 'TOKEN', 'do not tell')
    const found = await service.diff('staging', 'production')
    expect(found).toEqual([
      { kind: 'configuration', name: 'LEVEL', left: 'debug', right: 'info' },
      { kind: 'configuration', name: 'MORE', left: null, right: 'x' },
      { kind: 'secret', name: 'TOKEN', left: null, right: 'set' },
      {
        kind: 'policy',
        name: 'freeze calendar',
        left: null,
        right: expect.stringMatching(/^1 event \([0-9a-f]{8}\)$/),
      },
      { kind: 'policy', name: 'required approvals', left: '0', right: '2' },
      { kind: 'target', name: 'region', left: 'eu', right: 'us' },
    ])
    expect(await service.diff('production', 'production')).toEqual([])
  })
})

describe('a clone', () => {
  const soon = new Date(start + 60_000).toISOString()

  it('has the configuration, policy and secrets of the other, and a lock of its own', async () => {
    await service.create(
      input('production', { requiredApprovals: 1, layers: [layer('a', { A: '1' })], owners: ['ops'] }),
    )
    await service.setSecret('production', 'TOKEN', 'kept')
    await service.setLock('production', { reason: 'Audit', by: 'ana' })
    const clone = await service.clone('production', 'trial', soon)
    expect(clone).toMatchObject({ requiredApprovals: 1, owners: ['ops'], expiresAt: soon, lock: null, position: 1 })
    await service.setSecret('production', 'TOKEN', 'changed since')
    const { values } = await service.configuration('trial')
    expect([values, await service.openSecrets('trial')]).toEqual([{ A: '1' }, { TOKEN: 'kept' }])
  })

  it('is not added while the vault is locked', async () => {
    await service.create(input('production'))
    await service.setSecret('production', 'TOKEN', 'kept')
    vault.lock()
    await expect(service.clone('production', 'trial', null)).rejects.toMatchObject({ code: 'locked' })
    expect(await names()).toEqual(['production'])
  })

  it('under a name that is taken leaves the secrets of that environment alone', async () => {
    await service.create(input('production'))
    await service.create(input('staging'))
    await service.setSecret('production', 'TOKEN', 'of production')
    await service.setSecret('staging', 'TOKEN', 'of staging')
    await expect(service.clone('production', 'staging', null)).rejects.toMatchObject({ code: 'conflict' })
    expect(await service.openSecrets('staging')).toEqual({ TOKEN: 'of staging' })
  })
})

describe('removing an environment', () => {
  it('stops what runs in it first, and takes its secrets with it', async () => {
    await service.create(input('qa'))
    await service.setSecret('qa', 'TOKEN', 'x')
    const seen: unknown[] = []
    retire = async (name) => {
      seen.push(name, await names(), stored(), await service.mayChange(name, start))
    }
    await service.remove('qa')
    expect(seen).toEqual(['qa', ['qa'], ['environment:qa:TOKEN'], 'qa is being removed.'])
    expect([await names(), stored()]).toEqual([[], []])
  })

  it('that cannot be stopped leaves it as it was', async () => {
    await service.create(input('qa'))
    retire = () => Promise.reject(new AppError('timeout', 'web does not stop.'))
    await expect(service.remove('qa')).rejects.toMatchObject({ code: 'timeout' })
    expect([await names(), await service.mayChange('qa', start)]).toEqual([['qa'], null])
  })

  it('is refused before anything changes while a host of it is away, and leaves that alone when told to', async () => {
    await service.create(input('qa'))
    const web: ServiceHealth = {
      ...{ service: 'web', version: '1', ready: 2, desired: 2, status: 'degraded', reasons: [], address: null },
      configuration: null,
    }
    running = [web]
    machines = [{ host: 'web-1:22', reachable: false, says: 'web-1 cannot be reached.' }]
    const left: boolean[] = []
    retire = async (_, leave) => void left.push(leave)
    await expect(service.remove('qa')).rejects.toMatchObject({
      ...{
        code: 'unreachable',
        message: 'qa was not removed, and nothing in it was changed. web-1 cannot be reached.',
      },
    })
    expect([left, await names()]).toEqual([[], ['qa']])
    expect((await service.remove('qa', true)).left).toEqual(['web-1:22'])
    expect([left, await names()]).toEqual([[true], []])
  })

  it('asks no host where nothing runs', async () => {
    await service.create(input('qa'))
    machines = [{ host: 'web-1:22', reachable: false, says: 'web-1 cannot be reached.' }]
    expect((await service.remove('qa')).left).toEqual([])
  })

  it('is refused while it is locked', async () => {
    await service.create(input('qa'))
    await service.setLock('qa', { reason: 'Evidence', by: 'ana' })
    await expect(service.remove('qa')).rejects.toMatchObject({ code: 'conflict', message: 'qa is locked: Evidence' })
  })
})

describe('an environment that expires', () => {
  const until = new Date(start + 60_000).toISOString()
  beforeEach(() => service.create(input('trial', { expiresAt: until })))

  it('is removed when its time is over, and not before', async () => {
    expect(await service.expired()).toEqual([])
    clock.advance(60_000)
    expect(await service.expired()).toEqual([{ name: 'trial', expiresAt: until }])
    expect((await service.removeExpired('trial', until))?.name).toBe('trial')
    expect(await service.removeExpired('trial', until)).toBeNull()
  })

  it('stays when it is given more time at the last moment', async () => {
    clock.advance(60_000)
    await service.update(input('trial', { expiresAt: null }), 1)
    expect(await service.removeExpired('trial', until)).toBeNull()
    expect(await names()).toEqual(['trial'])
  })

  it('stays while it is locked', async () => {
    await service.setLock('trial', { reason: 'Still looking', by: 'ana' })
    clock.advance(60_000)
    expect(await service.expired()).toEqual([])
    expect(await service.removeExpired('trial', until)).toBeNull()
  })
})

function layer(name: string, values: Readonly<Record<string, string>>) {
  return { name, values }
}
