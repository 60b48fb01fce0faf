import Database from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startAlertmanager } from '#e2e/app/peers/alertmanager.ts'
import { available } from '#e2e/app/peers/peer.ts'
import { systemClock } from '#main/kernel/clock.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { SilenceDraft, SilenceEngine } from './engine.ts'
import { createAlertmanagerSilences } from './engines/alertmanager.ts'
import { createLocalSilences } from './engines/local.ts'
import { createSilenceStore, silenceTables } from './store.ts'

type Stand = { readonly engine: SilenceEngine; readonly close: () => Promise<void> }

const { signal } = new AbortController()
const minutes = (count: number): string => new Date(Date.now() + count * 60_000).toISOString()

const draft = (change: Partial<SilenceDraft> = {}): SilenceDraft => ({
  matchers: [
    { name: 'service', value: 'pay "ü" 🔥\\', isRegex: false, isEqual: true },
    { name: 'severity', value: 'info|warning', isRegex: true, isEqual: false },
  ],
  startsAt: minutes(0),
  endsAt: minutes(60),
  comment: 'CHG-1: Wartung, “quoted”\nsecond line',
  createdBy: 'ana',
  ...change,
})

async function localStand(): Promise<Stand> {
  const database = new Database(':memory:')
  for (const statement of silenceTables) database.exec(statement)
  const workspace: Workspace = new Kysely({ dialect: new SqliteDialect({ database }) })
  const engine = createLocalSilences(createSilenceStore(workspace), systemClock)
  return { engine, close: () => workspace.destroy() }
}

async function alertmanagerStand(): Promise<Stand> {
  const peer = await startAlertmanager({ pathPrefix: '/am' })
  const engine = createAlertmanagerSilences({ name: 'Alerts', url: peer.url, auth: { kind: 'none' }, tls: {} })
  return {
    engine,
    close: async () => {
      await engine.close()
      await peer.stop()
    },
  }
}

const adapters = [
  { name: 'this workspace', needs: 'node', open: localStand },
  { name: 'an Alertmanager', needs: 'prometheus-alertmanager', open: alertmanagerStand },
] as const

for (const { name, needs, open } of adapters)
  describe.runIf(available(needs))(`silences in ${name}`, () => {
    let stand: Stand
    let engine: SilenceEngine
    beforeAll(async () => {
      stand = await open()
      engine = stand.engine
    })
    afterAll(() => stand?.close())

    /** Times are compared as moments: an engine may write them with other digits. */
    const moments = async (id: string) => {
      const { startsAt, endsAt } = await engine.find(id, signal)
      return { startsAt: Date.parse(startsAt), endsAt: Date.parse(endsAt) }
    }

    it('say what they were given', async () => {
      const given = draft()
      const { startsAt: _, endsAt, ...texts } = given
      const found = await engine.find(await engine.create(given, signal), signal)
      expect(found).toMatchObject(texts)
      expect(Date.parse(found.endsAt)).toBe(Date.parse(endsAt))
    })

    it('get an id each', async () => {
      const [a, b] = [await engine.create(draft(), signal), await engine.create(draft(), signal)]
      expect(a).not.toBe(b)
    })

    it('are extended without changing what they cover or when they began', async () => {
      const id = await engine.create(draft(), signal)
      const before = await engine.find(id, signal)
      const after = await engine.edit(id, { ...before, endsAt: minutes(120) }, signal)
      const found = await engine.find(after, signal)
      expect(found.matchers).toEqual(before.matchers)
      expect(Date.parse(found.startsAt)).toBe(Date.parse(before.startsAt))
      expect(Date.parse(found.endsAt)).toBeGreaterThan(Date.parse(before.endsAt))
    })

    it('are found under the id that an edit answers, with the change', async () => {
      const id = await engine.create(draft(), signal)
      const matchers = [{ name: 'team', value: 'b', isRegex: false, isEqual: true }]
      const after = await engine.edit(id, draft({ matchers, comment: 'CHG-2', createdBy: 'bo' }), signal)
      expect(await engine.find(after, signal)).toMatchObject({ matchers, comment: 'CHG-2', createdBy: 'bo' })
      if (after !== id) expect((await moments(id)).endsAt).toBeLessThanOrEqual(Date.now())
    })

    it('end now when they are expired, and are still found', async () => {
      const id = await engine.create(draft(), signal)
      await engine.expire(id, signal)
      expect((await moments(id)).endsAt).toBeLessThanOrEqual(Date.now())
    })

    it('can be planned, and a planned one can be taken back', async () => {
      const id = await engine.create(draft({ startsAt: minutes(30) }), signal)
      expect((await moments(id)).startsAt).toBeGreaterThan(Date.now())
      await engine.expire(id, signal)
      expect((await moments(id)).endsAt).toBeLessThanOrEqual(Date.now())
    })

    it('that do not exist are not found, not edited and not expired', async () => {
      const missing = '01890000-0000-7000-8000-000000000000'
      await expect(engine.find(missing, signal)).rejects.toMatchObject({ code: 'not_found' })
      await expect(engine.edit(missing, draft(), signal)).rejects.toMatchObject({ code: 'not_found' })
      await expect(engine.expire(missing, signal)).rejects.toMatchObject({ code: 'not_found' })
    })
  })

describe('silences of an Alertmanager that is away', () => {
  it('fail as unreachable', async () => {
    const engine = createAlertmanagerSilences({
      name: 'Alerts',
      url: 'http://127.0.0.1:1',
      auth: { kind: 'none' },
      tls: {},
    })
    await expect(engine.create(draft(), signal)).rejects.toMatchObject({ code: 'unreachable' })
    await expect(engine.find('x', signal)).rejects.toMatchObject({ code: 'unreachable' })
    await engine.close()
  })
})
