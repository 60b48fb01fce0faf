import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { trialKeychain } from '#main/app/kill.driver.ts'
import { migrations } from '#main/app/migrations.ts'
import { collect } from '#main/app/trial.ts'
import { application, type Caller, personalCaller } from '#main/kernel/access/caller.ts'
import { createCheckpoints } from '#main/kernel/audit/checkpoint.ts'
import { createAuditLog, type WorkspaceLog } from '#main/kernel/audit/log.ts'
import { openWitness } from '#main/kernel/audit/witness.ts'
import { manualClock } from '#main/kernel/clock.ts'
import { createSettings } from '#main/kernel/settings/settings.ts'
import { type OpenWorkspace, openWorkspace } from '#main/kernel/store/workspace.ts'
import { openVault } from '#main/kernel/vault/vault.ts'
import type { AuditFilter } from '#preload/security/audit.ts'
import { type AuditCapability, createAudit } from './capability.ts'
import { createRetention } from './retention.ts'

let folder: string
let path: string
let store: OpenWorkspace
let log: WorkspaceLog
let audit: AuditCapability
let clock: ReturnType<typeof manualClock>

const ana: Caller = { ...personalCaller('Ana Lovelace', 'desktop', 'window-7'), source: '10.9.8.7' }
const bo: Caller = { ...personalCaller('Bo Turing', 'browser', 'browser-8'), source: '10.9.8.6' }

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'framework0-audit-'))
  path = join(folder, 'workspace.db')
  clock = manualClock(Date.UTC(2026, 0, 1))
  await start()
})
afterEach(async () => {
  await stop()
  rmSync(folder, { recursive: true })
})

async function start(): Promise<void> {
  store = await openWorkspace(path, migrations)
  const { workspace } = store
  log = createAuditLog(workspace, clock)
  await log.recover()
  const vault = await openVault(workspace, trialKeychain)
  const failed = (thrown: unknown): never => {
    throw thrown
  }
  const witness = openWitness(join(folder, 'checkpoints', 'workspace.json'))
  const checkpoints = createCheckpoints({ workspace, vault, clock, witness, onError: failed })
  const settings = createSettings(workspace, clock)
  audit = createAudit({ workspace, log, checkpoints, settings, clock, onChange: () => {}, onError: failed })
}

async function stop(): Promise<void> {
  await audit.close()
  await store.close()
}

type Said = Partial<{
  caller: Caller
  operation: string
  targets: string[]
  environments: string[]
  after: unknown
  outcome: 'succeeded' | 'failed'
}>

async function append(said: Said = {}): Promise<number> {
  clock.advance(60_000)
  const correlationId = crypto.randomUUID()
  const { caller = ana, operation = 'alerts.note', targets = [], environments = [], after = {} } = said
  const attempt = { caller, operation, input: {}, correlationId, environments, policies: ['roles'], approval: null }
  const { outcome = 'succeeded' } = said
  return (await log.finish(await log.begin(attempt), { outcome, changes: [{ targets, after }] })).sequence
}

const found = async (filter: AuditFilter): Promise<number[]> =>
  (await audit.search.page(filter, 0, 100)).entries.map(({ sequence }) => sequence)

describe('the browser of the log', () => {
  beforeEach(async () => {
    await append({
      operation: 'alerts.note',
      targets: ['a-1'],
      environments: ['production'],
      after: { text: 'Größe 42' },
    })
    await append({ caller: bo, operation: 'alerts.acknowledge', targets: ['a-1', 'a-2'], environments: ['staging'] })
    await append({ operation: 'silences.create', outcome: 'failed', after: { comment: 'CHG-1234' } })
    await append({ caller: application, operation: 'operations.runJob', environments: ['production', 'staging'] })
  })

  it.each<[string, AuditFilter, number[]]>([
    ['everything', {}, [4, 3, 2, 1]],
    ['a name', { actor: 'Bo Turing' }, [2]],
    ['the application', { actor: 'application' }, [4]],
    ['nobody of that name', { actor: 'Mallory' }, []],
    ['an operation', { operation: 'alerts.note' }, [1]],
    ['a capability', { operation: 'alerts' }, [2, 1]],
    ['a target', { target: 'a-1' }, [2, 1]],
    ['an environment', { environment: 'production' }, [4, 1]],
    ['an outcome', { outcome: 'failed' }, [3]],
    ['a word', { text: 'größe' }, [1]],
    ['the beginnings of two words', { text: 'chg 12' }, [3]],
    ['what looks like a query language', { text: '" OR NEAR( -x' }, []],
    ['times', { from: '2026-01-01T00:02:00.000Z', to: '2026-01-01T00:03:00.000Z' }, [3, 2]],
    ['a time that was not yet', { from: '2027-01-01T00:00:00.000Z' }, []],
    [
      'several things at once',
      { actor: 'Ana Lovelace', target: 'a-1', environment: 'production', outcome: 'succeeded', text: '42' },
      [1],
    ],
  ])('finds by %s', async (_, filter, sequences) => {
    expect(await found(filter)).toEqual(sequences)
    expect(await audit.search.page(filter, 0, 100)).toMatchObject({ total: sequences.length, exact: true })
    expect((await collect(audit.search.follow(filter))).flat()).toEqual([...sequences].reverse())
  })

  it('finds by nothing personal in a text', async () => {
    for (const text of ['Lovelace', '10.9.8.7', 'window']) expect(await found({ text })).toEqual([])
  })

  it('reads on from where a page ended', async () => {
    const page = async (offset: number, before?: number) =>
      (await audit.search.page({ operation: 'alerts' }, offset, 1, before)).entries.map(({ sequence }) => sequence)
    expect([await page(0), await page(1), await page(0, 2), await page(2)]).toEqual([[2], [1], [1], []])
  })

  it('finds entries by when they happened though the clock was turned back', async () => {
    clock.set(Date.UTC(2025, 0, 1))
    const early = await append()
    clock.set(Date.UTC(2026, 5, 1))
    await append()
    expect(await found({ to: '2025-06-01T00:00:00.000Z' })).toEqual([early])
  })

  it('follows where it was after a restart', async () => {
    await found({})
    await stop()
    await start()
    await append({ targets: ['a-1'] })
    expect(await found({ target: 'a-1' })).toEqual([5, 2, 1])
  })

  it('tells who and what occurs', async () => {
    expect((await log.subjects.list()).map(({ name }) => name)).toEqual(['Ana Lovelace', 'Bo Turing'])
    expect(await audit.search.values('environment')).toEqual(['production', 'staging'])
  })
})

describe('erasing a person', () => {
  const bytes = (): string =>
    ['', '-wal'].map((ending) => readFileSync(path + ending, { encoding: 'latin1', flag: 'a+' })).join()

  it('destroys what tells who they were, and every proof still verifies', async () => {
    await append()
    await append({ caller: bo })
    const { rows } = { rows: await log.subjects.list() }
    const subject = rows.find(({ name }) => name === 'Ana Lovelace')?.subject ?? ''
    const key = new Database(path).prepare('select key from audit_subject where subject = ?').pluck().get(subject)
    expect(bytes()).toContain(String(key))
    expect(bytes()).toContain('os:Ana Lovelace')

    await log.subjects.erase(subject)
    const [second, first] = (await audit.search.page({}, 0, 10)).entries
    expect(first).toMatchObject({ subject, actor: null, source: null, session: null })
    expect(second).toMatchObject({ actor: 'Bo Turing', source: '10.9.8.6', session: 'browser-8' })
    expect(bytes()).not.toContain(String(key))
    expect(bytes()).not.toContain('Lovelace')
    const verdict = (await collect(audit.integrity.verify(AbortSignal.timeout(10_000)))).at(-1)
    expect(verdict).toMatchObject({ state: 'verified', problems: [] })
    expect(await found({ actor: subject })).toEqual([1])
  })

  it('gives them another pseudonym when they come back', async () => {
    await append()
    const subject = (await log.subjects.list())[0]?.subject ?? ''
    await log.subjects.erase(subject)
    await append()
    const [again, before] = (await audit.search.page({}, 0, 10)).entries
    expect(again?.actor).toBe('Ana Lovelace')
    expect(again?.subject).not.toBe(before?.subject)
  })
})

describe('retention', () => {
  it('empties what is old and not held, and the log still verifies', async () => {
    await append({ targets: ['kept'], after: { text: 'evidence' } })
    await append({ targets: ['gone'], after: { text: 'gossip' } })
    await audit.retention.hold({ name: 'Case 7', reason: 'Litigation', filter: { target: 'kept' } })
    clock.advance(40 * 24 * 3_600_000)
    await append({ after: { text: 'fresh' } })
    expect(await audit.retention.prune()).toBe(0)
    await audit.retention.setKeepDays(30)
    expect(await audit.retention.prune()).toBe(1)
    const [fresh, gone, kept] = (await audit.search.page({}, 0, 10)).entries
    expect([fresh?.pruned, gone?.pruned, kept?.pruned]).toEqual([false, true, false])
    expect(gone).toMatchObject({ operation: 'alerts.note', targets: [], after: null, actor: null })
    expect(await found({ text: 'gossip' })).toEqual([])
    expect(await found({ operation: 'alerts.note', outcome: 'succeeded' })).toEqual([3, 2, 1])
    expect(readFileSync(path, 'latin1')).not.toContain('gossip')
    const verdict = (await collect(audit.integrity.verify(AbortSignal.timeout(10_000)))).at(-1)
    expect(verdict).toMatchObject({ state: 'verified', problems: [], size: 3 })

    const [hold] = (await audit.retention.read()).holds
    await audit.retention.release(hold?.id ?? '')
    await expect(audit.retention.release(hold?.id ?? '')).rejects.toMatchObject({ code: 'conflict' })
    expect(await audit.retention.prune()).toBe(1)
    expect(await audit.retention.read()).toMatchObject({ keepDays: 30, pruned: 2 })
  })
})

describe('a hold that is placed while entries are emptied', () => {
  it('keeps what it holds from the moment that it is placed', async () => {
    for (const target of ['gone', 'wanted']) await append({ targets: [target] })
    clock.advance(400 * 24 * 3_600_000)
    const { search } = audit
    const retention = createRetention({
      workspace: store.workspace,
      settings: createSettings(store.workspace, clock),
      clock,
      subjects: log.subjects,
      search: {
        ...search,
        async *follow(filter) {
          for (const sequence of (await collect(search.follow(filter))).flat()) {
            if (sequence === 2 && filter.to !== undefined)
              await audit.retention.hold({ name: 'Case 9', reason: 'Litigation', filter: { target: 'wanted' } })
            yield [sequence]
          }
        },
      },
    })
    await retention.setKeepDays(365)
    expect(await retention.prune()).toBe(1)
    expect((await audit.entries.get([1, 2])).map(({ pruned }) => pruned)).toEqual([true, false])
  })
})

describe('what a release before this one wrote', () => {
  it('is carried over, with its chain, and so are the commands it was interrupted in', async () => {
    await stop()
    rmSync(path)
    const [foundation] = migrations
    const old = await openWorkspace(path, foundation ? [foundation] : [])
    await old.close()
    const { hashEntry, genesis } = await import('#main/kernel/audit/chain.ts')
    const database = new Database(path)
    const insert = database.prepare(`insert into audit_entry values
      (:sequence, :at, :actor, :via, :operation, :targets, :before, :after, :outcome, :error, :correlation, :previous, :hash)`)
    let previous = genesis
    for (let sequence = 1; sequence <= 20; sequence++) {
      const body = {
        at: '2025-12-01T00:00:00.000Z',
        actor: sequence === 1 ? 'application' : 'Ana Lovelace',
        via: 'desktop',
        operation: 'alerts.note',
        targets: ['a-1'],
        before: null,
        after: { n: sequence },
        outcome: 'succeeded' as const,
        error: null,
        correlationId: `c${sequence}`,
      }
      const hash = hashEntry(sequence, previous, body)
      insert.run({
        ...body,
        sequence,
        targets: JSON.stringify(body.targets),
        before: 'null',
        after: JSON.stringify(body.after),
        correlation: body.correlationId,
        previous,
        hash,
      })
      previous = hash
    }
    database
      .prepare(
        `insert into audit_intent values ('lost', '2025-12-02T00:00:00.000Z', 'Ana Lovelace', 'desktop', 'alerts.note', '{"text":"half done"}')`,
      )
      .run()
    database.close()
    rmSync(join(folder, 'checkpoints'), { recursive: true, force: true })

    await start()
    const { total, entries } = await audit.search.page({ actor: 'Ana Lovelace' }, 0, 100)
    expect(total).toBe(20)
    expect(entries[0]).toMatchObject({ sequence: 21, outcome: 'interrupted', after: { text: 'half done' } })
    expect(entries.at(-1)).toMatchObject({ sequence: 2, actor: 'Ana Lovelace', after: { n: 2 } })
    const verdict = async () => (await collect(audit.integrity.verify(AbortSignal.timeout(10_000)))).at(-1)
    expect(await verdict()).toMatchObject({ state: 'verified', size: 21, problems: [] })
    await stop()
    await start()
    expect(await verdict()).toMatchObject({ state: 'verified', size: 21, problems: [] })

    const subject = entries[0]?.subject ?? ''
    expect(await audit.retention.pruneLegacyOf(subject)).toBe(19)
    await log.subjects.erase(subject)
    expect(await verdict()).toMatchObject({ state: 'verified', problems: [] })
    expect(readFileSync(path, 'latin1')).not.toContain('Lovelace')
  })
})
