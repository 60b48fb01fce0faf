import Database from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import { startFault } from '#e2e/app/peers/fault.ts'
import { walkConnection } from '#main/engines/prometheus/walk.ts'
import { systemClock } from '#main/kernel/clock.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import { openVault, type Vault, vaultTables } from '#main/kernel/vault/vault.ts'
import type { ConnectionInput } from '#preload/fleet/connections.ts'
import { type ConnectionService, createConnectionService } from './service.ts'
import { connectionTables, createConnectionStore } from './store.ts'

const passphrase = 'correct horse battery'
const certificate = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----'

let database: Database.Database
let vault: Vault
let service: ConnectionService
let changes: number

beforeEach(async () => {
  database = new Database(':memory:')
  for (const statement of [...vaultTables, ...connectionTables]) database.exec(statement)
  const workspace: Workspace = new Kysely({ dialect: new SqliteDialect({ database }) })
  vault = await openVault(workspace, {
    unavailable: async () => null,
    protect: async (text) => Buffer.from(text).toString('hex'),
    reveal: async (sealed) => Buffer.from(sealed, 'hex').toString(),
  })
  changes = 0
  service = createConnectionService({
    store: createConnectionStore(workspace),
    vault,
    clock: systemClock,
    stateOf: () => ({
      status: 'unknown',
      since: '2026-01-01T00:00:00.000Z',
      lastSuccessAt: null,
      nextAttemptAt: null,
      failures: 0,
      error: null,
      version: null,
    }),
    dependents: async () => [],
    walk: walkConnection,
    onChange: async () => {
      changes++
    },
  })
})

const input = (change: Partial<ConnectionInput> = {}): ConnectionInput => ({
  kind: 'prometheus',
  name: 'Metrics',
  url: 'https://prometheus.example/prom',
  environment: 'production',
  auth: { kind: 'none' },
  tls: {},
  ...change,
})
const basic = (password?: string): ConnectionInput['auth'] => ({
  kind: 'basic',
  username: 'ana',
  ...(password === undefined ? {} : { password }),
})
const bearer = (token?: string): ConnectionInput['auth'] => ({
  kind: 'bearer',
  ...(token === undefined ? {} : { token }),
})
const stored = (): string[] =>
  (database.prepare('select id from vault_secret order by id').all() as { id: string }[]).map(({ id }) => id)

describe('a connection', () => {
  it('is taken once by address and once by name, however they are spelled', async () => {
    await service.create(input())
    const twin = service.create(input({ name: 'Other', url: 'HTTPS://Prometheus.Example:443/prom/' }))
    await expect(twin).rejects.toMatchObject({ code: 'conflict', at: 'url' })
    const namesake = service.create(input({ name: 'METRICS', url: 'https://other.example' }))
    await expect(namesake).rejects.toMatchObject({ code: 'conflict', at: 'name' })
    await service.create(input({ kind: 'alertmanager', name: 'Alerts' }))
    expect((await service.list()).map(({ name }) => name)).toEqual(['Alerts', 'Metrics'])
    expect(changes).toBe(2)
  })

  it('is refused with credentials in its address', async () => {
    const refused = service.create(input({ url: 'https://ana:secret@prometheus.example' }))
    await expect(refused).rejects.toMatchObject({ code: 'invalid', at: 'url' })
    expect(await service.list()).toEqual([])
  })

  it('may keep its own name and address when it is changed', async () => {
    const { id } = await service.create(input())
    const { before, after } = await service.update(id, 1, input({ environment: 'staging' }))
    expect([before.environment, after.environment, after.revision]).toEqual(['production', 'staging', 2])
  })

  it('changed by two people is changed by the first, and nothing of the second is saved', async () => {
    const { id } = await service.create(input({ auth: bearer('first') }))
    const outcomes = await Promise.allSettled([
      service.update(id, 1, input({ auth: bearer('of ana') })),
      service.update(id, 1, input({ auth: bearer('of bo'), environment: 'lost' })),
    ])
    expect(outcomes).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'conflict' } }])
    expect(await service.endpoint(id)).toMatchObject({ auth: { token: 'of ana' } })
    expect((await service.get(id)).environment).toBe('production')
  })

  it('cannot become another kind', async () => {
    const { id } = await service.create(input())
    const changed = service.update(id, 1, input({ kind: 'alertmanager' }))
    await expect(changed).rejects.toMatchObject({ code: 'invalid', at: 'kind' })
  })

  it('that is gone is not found, changed, tested or opened', async () => {
    const { id } = await service.create(input({ auth: bearer('x') }))
    expect((await service.remove(id)).name).toBe('Metrics')
    for (const attempt of [
      service.get(id),
      service.dependents(id),
      service.update(id, 1, input()),
      service.setEnabled(id, false),
      service.remove(id),
      service.endpoint(id),
      service.test(id, undefined, new AbortController().signal).next(),
    ])
      await expect(attempt).rejects.toMatchObject({ code: 'not_found' })
  })

  it('that is disabled is opened for nobody', async () => {
    const { id } = await service.create(input())
    await service.setEnabled(id, false)
    expect(await service.opened()).toEqual([])
    await expect(service.endpoint(id)).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('the secrets of a connection', () => {
  it('are kept by an edit that leaves them out, and replaced by one that does not', async () => {
    const { id } = await service.create(input({ auth: basic('one') }))
    await service.update(id, 1, input({ auth: basic(), environment: 'staging' }))
    expect(await service.endpoint(id)).toMatchObject({ auth: { username: 'ana', password: 'one' } })
    await service.update(id, 2, input({ auth: basic('two') }))
    expect(await service.endpoint(id)).toMatchObject({ auth: { password: 'two' } })
  })

  it('must be given when a new way to sign in needs them, and go when it does not', async () => {
    await expect(service.create(input({ auth: bearer() }))).rejects.toMatchObject({ code: 'invalid' })
    const { id } = await service.create(input({ auth: basic('one') }))
    const half = service.update(id, 1, input({ auth: bearer() }))
    await expect(half).rejects.toMatchObject({ code: 'invalid', at: 'auth.token' })
    const nameless = service.update(id, 1, input({ auth: { kind: 'header', name: 'X-Api-Key' } }))
    await expect(nameless).rejects.toMatchObject({ code: 'invalid', at: 'auth.value' })
    await service.update(id, 1, input({ auth: { kind: 'header', name: 'X-Api-Key', value: 'v' } }))
    expect(stored()).toEqual([`connection/${id}/header`])
    expect(await service.endpoint(id)).toMatchObject({ auth: { kind: 'header', name: 'X-Api-Key', value: 'v' } })
    await service.update(id, 2, input())
    expect(stored()).toEqual([])
  })

  it('go with it', async () => {
    const { id } = await service.create(input({ auth: basic('one'), tls: { certificate, key: 'k' } }))
    expect(stored()).toHaveLength(2)
    await service.remove(id)
    expect(stored()).toEqual([])
  })

  it('do not follow it to another server', async () => {
    const { id } = await service.create(input({ auth: bearer('kept') }))
    for (const url of [
      'https://evil.example/prom',
      'http://prometheus.example/prom',
      'https://prometheus.example:8443/prom',
    ]) {
      const moved = service.update(id, 1, input({ url, auth: bearer() }))
      await expect(moved).rejects.toMatchObject({ code: 'invalid', at: 'auth.token' })
    }
    const { after } = await service.update(id, 1, input({ url: 'https://prometheus.example/new', auth: bearer() }))
    expect(after.url).toBe('https://prometheus.example/new/')
    await service.update(id, 2, input({ url: 'https://other.example', auth: bearer('typed again') }))
    expect(await service.endpoint(id)).toMatchObject({ auth: { token: 'typed again' } })
  })

  it('are not sent to another server by a test either', async () => {
    await using server = await startFault({ kind: 'json', body: {} })
    const { id } = await service.create(input({ auth: bearer('kept-secret') }))
    const { signal } = new AbortController()
    const elsewhere = service.test(id, input({ url: server.url, auth: bearer() }), signal)
    await expect(elsewhere.next()).rejects.toMatchObject({ code: 'invalid' })
    expect(server.requests).toEqual([])
  })

  it('fill what the draft of a test leaves out', async () => {
    await using server = await startFault({ kind: 'json', body: {} })
    const { id } = await service.create(input({ url: server.url, auth: bearer('kept-secret') }))
    const { signal } = new AbortController()
    for await (const step of service.test(id, input({ url: server.url, auth: bearer() }), signal))
      expect(JSON.stringify(step)).not.toContain('kept-secret')
    expect(server.requests.map(({ headers }) => headers.authorization)).toContain('Bearer kept-secret')
    await expect(service.test(undefined, undefined, signal).next()).rejects.toMatchObject({ code: 'invalid' })
  })

  it('are in no answer and nowhere in the clear', async () => {
    const created = await service.create(input({ auth: basic('in-the-vault'), tls: { certificate, key: 'the-key' } }))
    const answers = JSON.stringify([created, await service.list(), await service.get(created.id)])
    const dump = database.serialize().toString('latin1')
    for (const secret of ['in-the-vault', 'the-key']) expect([answers, dump].join()).not.toContain(secret)
    expect(created.tls).toEqual({ certificate, hasKey: true })
  })

  it('in a locked vault block their connection, and no other', async () => {
    await service.create(input({ auth: basic('one') }))
    await service.create(input({ name: 'Open', url: 'https://open.example' }))
    vault.lock()
    const opened = await service.opened()
    expect(opened.map(({ kind, connection }) => [connection.name, kind])).toEqual([
      ['Metrics', 'blocked'],
      ['Open', 'ready'],
    ])
    const [blocked] = opened
    expect(blocked).toMatchObject({ error: { code: 'locked' } })
    await expect(service.endpoint(blocked?.connection.id ?? '')).rejects.toMatchObject({ code: 'locked' })
    expect((await vault.status()).state).toBe('locked')
    await expect(vault.unlock(passphrase)).rejects.toMatchObject({ code: 'unsupported' })
  })
})

describe('a client certificate', () => {
  it('and its key belong together', async () => {
    for (const tls of [{ certificate }, { key: 'k' }, { certificate: '  ', key: 'k' }])
      await expect(service.create(input({ tls }))).rejects.toMatchObject({ code: 'invalid', at: 'tls.key' })
    const { id } = await service.create(input({ tls: { certificate, key: 'k' } }))
    expect(await service.endpoint(id)).toMatchObject({ tls: { cert: certificate, key: 'k' } })
  })

  it('keeps its key in an edit, and loses it with the certificate', async () => {
    const { id } = await service.create(input({ tls: { certificate, key: 'k' } }))
    await service.update(id, 1, input({ tls: { certificate }, environment: 'staging' }))
    expect(await service.endpoint(id)).toMatchObject({ tls: { key: 'k' } })
    const { after } = await service.update(id, 2, input())
    expect([after.tls, stored()]).toEqual([{ hasKey: false }, []])
  })

  it('does not follow the connection to another server without its key', async () => {
    const { id } = await service.create(input({ tls: { certificate, key: 'k' } }))
    const moved = service.update(id, 1, input({ url: 'https://evil.example', tls: { certificate } }))
    await expect(moved).rejects.toMatchObject({ code: 'invalid', at: 'tls.key' })
  })
})
