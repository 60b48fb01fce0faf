import { expect, it } from 'vitest'
import { z } from 'zod'
import { onBothDatabases } from '#e2e/app/peers/databases.ts'
import { createConnectionService } from '#main/fleet/connections/service.ts'
import { createConnectionStore } from '#main/fleet/connections/store.ts'
import { createCertificateStore } from '#main/integration/gateway/certificate-store.ts'
import { manualClock } from '#main/kernel/clock.ts'
import { createSettings } from '#main/kernel/settings/settings.ts'
import { openVault } from '#main/kernel/vault/vault.ts'
import { createViewStore } from '#main/lifecycle/operations/store.ts'
import { type Activity, createAlertStore } from '#main/observability/alerts/store.ts'
import { createSilenceStore } from '#main/observability/silences/store.ts'
import type { ConnectionInput } from '#preload/fleet/connections.ts'
import { migrations } from './migrations.ts'

const clock = manualClock()
const at = '2026-01-01T00:00:00.000Z'

onBothDatabases('the workspace', (open, dialect) => {
  it('has the whole history, and the released step is what it was', async () => {
    const { workspace } = await open()
    const db = workspace.withTables<{ migration: { name: string; checksum: string; position: number } }>()
    const applied = await db.selectFrom('migration').select(['name', 'checksum']).orderBy('position').execute()
    expect(applied.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name))
    if (dialect === 'sqlite')
      expect(applied[0]?.checksum).toBe('bbbdc44e0f2fb4d2e141086dca1319256c7dadee975aa5b4d47a6a5591578d38')
  })

  it('keeps settings, and fills in what is missing or not valid', async () => {
    const settings = createSettings((await open()).workspace, clock)
    const schema = z.object({ theme: z.enum(['light', 'dark']).default('dark') })
    expect(await settings.get('look', schema)).toEqual({ theme: 'dark' })
    await settings.set('look', { theme: 'light' })
    await settings.set('look', { theme: 'light', more: 'ä\u2028😀"\'' })
    expect(await createSettings((await open()).workspace, clock).get('look', schema)).toEqual({ theme: 'light' })
    await settings.set('look', { theme: 'pink' })
    expect(await settings.get('look', schema)).toEqual({ theme: 'dark' })
  })

  it('keeps what each of many changed in one setting', async () => {
    const first = await open()
    const second = dialect === 'sqlite' ? first : await open()
    const schema = z.object({ names: z.array(z.string()).default([]) })
    const all = [createSettings(first.workspace, clock), createSettings(second.workspace, clock)]
    const turns = Array.from({ length: 20 }, (_, n) =>
      all[n % 2]?.update('list', schema, ({ names }) => ({ names: [...names, `n${n}`] })),
    )
    await Promise.all(turns)
    expect(new Set((await all[0]?.get('list', schema))?.names).size).toBe(20)
  })

  it('keeps views by screen and name, for whoever saves first or last', async () => {
    const views = createViewStore((await open()).workspace, clock)
    const { before, after } = await views.save({ screen: 'alerts', name: 'Mine', search: { a: 1 } })
    expect(before).toBeNull()
    const again = await views.save({ screen: 'alerts', name: 'Mine', search: { a: 2 } })
    expect(again).toEqual({ before: after, after: { ...after, search: { a: 2 } } })
    await views.save({ screen: 'alerts', name: 'a', search: {} })
    await views.save({ screen: 'audit', name: 'Mine', search: {} })
    expect((await views.list('alerts')).map(({ name }) => name)).toEqual(['Mine', 'a'])
    expect(await views.remove(after.id)).toMatchObject({ search: { a: 2 } })
    expect(await views.remove(after.id)).toBeNull()
  })

  it('keeps one view when two people save the same name at once', async () => {
    const [a, b] = [createViewStore((await open()).workspace, clock), createViewStore((await open()).workspace, clock)]
    const saved = await Promise.all([a, b].map((views) => views.save({ screen: 's', name: 'same', search: {} })))
    const [only, ...more] = await a.list('s')
    expect([saved[0]?.after.id, saved[1]?.after.id, more]).toEqual([only?.id, only?.id, []])
  })

  const input: ConnectionInput = {
    kind: 'prometheus',
    name: 'Metrics',
    url: 'http://metrics.example/',
    environment: 'production',
    auth: { kind: 'bearer', token: 's3cret' },
    tls: {},
  }
  const serviceOf = async (passphrase: string) => {
    const { workspace } = await open()
    const vault = await openVault(workspace, null)
    if ((await vault.status()).state === 'none') await vault.create(passphrase)
    else await vault.unlock(passphrase)
    return createConnectionService({
      store: createConnectionStore(workspace),
      vault,
      clock,
      stateOf: () => ({}) as never,
      dependents: async () => [],
      walk: async function* () {},
      onChange: async () => {},
    })
  }

  it('keeps connections with their secrets, and tells of a change that somebody made meanwhile', async () => {
    const [ana, ben] = [await serviceOf('correct horse'), await serviceOf('correct horse')]
    const { id, revision } = await ana.create(input)
    expect((await ben.list()).map(({ name, enabled, tls }) => [name, enabled, tls])).toEqual([
      ['Metrics', true, { hasKey: false }],
    ])
    expect((await ben.endpoint(id)).auth).toEqual({ kind: 'bearer', token: 's3cret' })
    await ben.update(id, revision, { ...input, name: 'Ben was here' })
    const late = ana.update(id, revision, { ...input, name: 'Ana was here' })
    await expect(late).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('changed this connection meanwhile'),
    })
    await ben.remove(id)
    await expect(ana.get(id)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('gives a name to one of two people who want it at once', async () => {
    const [ana, ben] = [await serviceOf('correct horse'), await serviceOf('correct horse')]
    const outcomes = await Promise.allSettled([
      ana.create(input),
      ben.create({ ...input, url: 'http://other.example' }),
    ])
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'conflict', message: 'Another connection is called Metrics.' },
    })
  })

  it('keeps certificates of the gateway together with their keys, or neither', async () => {
    const { workspace } = await open()
    const vault = await openVault(workspace, null)
    await vault.create('correct horse')
    const store = createCertificateStore(workspace)
    const certificate = { name: 'shop', chain: 'CHAIN', hasKey: true, updatedAt: at }
    await store.save(certificate, await vault.prepare('k', 'KEY'))
    await store.save({ ...certificate, name: 'ca', hasKey: false }, async () => {})
    const failing = async (): Promise<void> => {
      throw new Error('no room')
    }
    await expect(store.save({ ...certificate, chain: 'OTHER' }, failing)).rejects.toThrow('no room')
    expect(await store.list()).toEqual([{ ...certificate, name: 'ca', hasKey: false }, certificate])
    expect(await vault.open('k')).toBe('KEY')
    await store.remove('shop')
    expect((await store.list()).map(({ name }) => name)).toEqual(['ca'])
  })

  const activity = (alertId: string, kind: Activity['kind'] = 'acknowledged'): Activity => ({
    alertId,
    at,
    by: 'ana',
    kind,
    text: 'seen',
    correlationId: 'c',
  })
  const ack = { by: 'ana', at, comment: 'seen', since: Date.UTC(2026, 0, 1) }

  it('keeps what people added to thousands of alerts, some of them named twice', async () => {
    const store = createAlertStore((await open()).workspace)
    const ids = Array.from({ length: 1_200 }, (_, n) => `alert-${n}`)
    await store.acknowledge(
      new Map(ids.map((id) => [id, ack])),
      ids.map((id) => activity(id)),
    )
    await store.assign([...ids.slice(0, 3), 'alert-0'], 'ben', [activity('alert-0', 'assigned')])
    await store.record([activity('alert-7', 'noted'), activity('only-noted', 'noted')])
    await store.acknowledge(new Map([['alert-1', null]]), [])
    expect(await store.overlays(['alert-0', 'alert-1', 'alert-7', 'only-noted'])).toEqual([
      { id: 'alert-0', acknowledgement: ack, assignee: 'ben', notes: 0 },
      { id: 'alert-1', acknowledgement: null, assignee: 'ben', notes: 0 },
      { id: 'alert-7', acknowledgement: ack, assignee: null, notes: 1 },
      { id: 'only-noted', acknowledgement: null, assignee: null, notes: 1 },
    ])
    expect(await store.overlays()).toHaveLength(1_201)
    expect((await store.activity('alert-0')).map(({ kind }) => kind)).toEqual(['assigned', 'acknowledged'])
  })

  it('lets many people act on the same alerts at once', async () => {
    const first = await open()
    const second = dialect === 'sqlite' ? first : await open() // only a server is open to several processes
    const stores = [createAlertStore(first.workspace), createAlertStore(second.workspace)]
    const ids = Array.from({ length: 50 }, (_, n) => `alert-${n}`)
    const turns = Array.from({ length: 20 }, (_, n) => {
      const mine = n % 2 ? ids : ids.toReversed()
      const store = stores[n % 2] as (typeof stores)[number]
      return n % 3 ? store.assign(mine, `p${n}`, []) : store.acknowledge(new Map(mine.map((id) => [id, ack])), [])
    })
    await Promise.all(turns)
    expect(new Set((await stores[0]?.overlays())?.map(({ assignee }) => assignee)).size).toBe(1)
  })

  it('keeps local silences', async () => {
    const store = createSilenceStore((await open()).workspace)
    const silence = {
      id: 's',
      matchers: [{ name: 'a', value: 'ä\\', isRegex: true, isEqual: false }],
      startsAt: at,
      endsAt: '2026-01-02T00:00:00.000Z',
      createdBy: 'ana',
      comment: 'x',
      updatedAt: at,
    }
    await store.save(silence)
    await store.save({ ...silence, endsAt: '2026-01-03T00:00:00.000Z' })
    expect(await store.list('2026-01-02T12:00:00.000Z')).toEqual([{ ...silence, endsAt: '2026-01-03T00:00:00.000Z' }])
    expect(await store.list('2026-01-03T00:00:00.000Z')).toEqual([])
    expect(await store.find('none')).toBeNull()
  })
})
