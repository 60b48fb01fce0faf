import { expect, it } from 'vitest'
import { onBothDatabases } from '#e2e/app/peers/databases.ts'
import { migrations } from '#main/app/migrations.ts'
import { collect } from '#main/app/trial.ts'
import { personalCaller } from '#main/kernel/access/caller.ts'
import { createCheckpoints } from '#main/kernel/audit/checkpoint.ts'
import { createAuditLog } from '#main/kernel/audit/log.ts'
import { noWitness } from '#main/kernel/audit/witness.ts'
import { manualClock } from '#main/kernel/clock.ts'
import { createSettings } from '#main/kernel/settings/settings.ts'
import { moveWorkspace } from '#main/kernel/store/move.ts'
import { type OpenWorkspace, openWorkspace } from '#main/kernel/store/workspace.ts'
import { openVault } from '#main/kernel/vault/vault.ts'
import type { AuditFilter } from '#preload/security/audit.ts'
import { createAudit } from './capability.ts'

const clock = manualClock(Date.UTC(2026, 0, 1))
const passphrase = 'correct horse battery'
const ana = { ...personalCaller('Ana Lovelace', 'browser', 'session-1'), source: '10.1.2.3' }

async function start({ workspace }: Pick<OpenWorkspace, 'workspace'>) {
  const log = createAuditLog(workspace, clock)
  const onError = (thrown: unknown): never => {
    throw thrown
  }
  const vault = await openVault(workspace, null)
  const { state } = await vault.status()
  if (state === 'locked') await vault.unlock(passphrase)
  else if (state === 'none') await vault.create(passphrase)
  const checkpoints = createCheckpoints({ workspace, vault, clock, witness: noWitness, onError })
  const settings = createSettings(workspace, clock)
  const audit = createAudit({ workspace, log, checkpoints, settings, clock, onChange: () => {}, onError })
  const begin = (n: number) =>
    log.begin({
      caller: ana,
      operation: n % 2 ? 'alerts.note' : 'silences.create',
      input: { text: `note ${n} \u0000 ünïcode` },
      correlationId: crypto.randomUUID(),
      environments: ['production'],
      policies: ['roles'],
      approval: null,
    })
  return {
    log,
    audit,
    checkpoints,
    begin,
    append: async (n: number) =>
      log.finish(await begin(n), { outcome: 'succeeded', changes: [{ targets: [`alert-${n}`] }] }),
    found: async (filter: AuditFilter) =>
      (await audit.search.page(filter, 0, 100)).entries.map(({ sequence }) => sequence),
    verdict: async () => (await collect(audit.integrity.verify(AbortSignal.timeout(20_000)))).at(-1),
  }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1)

onBothDatabases('the audit log', (open, dialect) => {
  it('is written by all at once without a gap, searched, emptied and verified', async () => {
    const one = await start(await open())
    await Promise.all(numbers(40).map(one.append))
    expect(await one.verdict()).toMatchObject({ state: 'verified', size: 40, problems: [] })
    expect(await one.verdict()).toMatchObject({ state: 'verified', size: 40, problems: [] })
    expect(await one.found({ operation: 'alerts' })).toHaveLength(20)
    const [seventh] = await one.found({ target: 'alert-7' })
    expect(await one.found({ text: 'note 7', operation: 'alerts', outcome: 'succeeded' })).toEqual([seventh])
    expect(await one.found({ text: 'ünï', actor: 'Ana Lovelace' })).toHaveLength(40)
    expect(await one.found({ environment: 'production', operation: 'silences.create' })).toHaveLength(20)
    expect(await one.found({ text: 'Lovelace' })).toEqual([])

    const [ana] = await one.log.subjects.list()
    await one.audit.retention.hold({ name: 'Case', reason: 'x', filter: { target: 'alert-7' } })
    await one.audit.retention.setKeepDays(30)
    clock.advance(31 * 24 * 3_600_000)
    expect(await one.audit.retention.prune()).toBe(39)
    await one.log.subjects.erase(ana?.subject ?? '')
    const [kept] = (await one.audit.search.page({ target: 'alert-7' }, 0, 1)).entries
    expect(kept).toMatchObject({ sequence: seventh, actor: null, pruned: false })
    expect(await one.verdict()).toMatchObject({ state: 'verified', size: 40, problems: [] })
    expect(await one.verdict()).toMatchObject({ state: 'verified', size: 40, problems: [] })
    await one.audit.close()
  })

  it('recovers what a process that is gone has left, and nothing that is under way elsewhere', async () => {
    const workspace = await open()
    const gone = await start(workspace)
    await gone.append(1)
    await gone.begin(2)
    const other = await start(workspace)
    // where several share a workspace, a process is believed to live until it was silent for long
    const expected = dialect === 'sqlite' ? 1 : 0
    expect(await other.log.recover()).toBe(expected)
    await gone.audit.close()
    expect(await other.log.recover()).toBe(1 - expected)
    const [entry] = (await other.audit.search.page({}, 0, 1)).entries
    expect(entry).toMatchObject({ sequence: 2, outcome: 'interrupted', operation: 'silences.create' })
    await other.audit.close()
  })

  it('moves to the other kind of database with its root, and is searched there', async () => {
    const from = await open()
    const one = await start(from)
    await Promise.all(numbers(20).map(one.append))
    expect(await one.found({ text: 'note 3' })).toHaveLength(1)
    await one.audit.close()
    const to = await openWorkspace(':memory:', migrations)
    const { readHead } = await import('#main/kernel/audit/tree.ts')
    const auditRoot = async (workspace: OpenWorkspace['workspace']) => (await readHead(workspace))?.root ?? ''
    await moveWorkspace(from.workspace, to.workspace, { auditRoot, onProgress: () => {} })
    const there = await start(to)
    expect(await there.found({ text: 'note 3' })).toHaveLength(1)
    await there.append(21)
    expect(await there.verdict()).toMatchObject({ state: 'verified', size: 21, problems: [] })
    await there.audit.close()
    await to.close()
  })

  if (dialect === 'sqlite') return // one process has a file open at a time
  it('is written by several processes without a gap or a fork', async () => {
    const all = [await start(await open()), await start(await open()), await start(await open())]
    await Promise.all(numbers(60).map((n) => (all[n % 3] ?? all[0])?.append(n)))
    const heads = await Promise.all(all.map(({ checkpoints }) => checkpoints.sign()))
    expect(new Set(heads.map((head) => head?.root)).size).toBe(1)
    for (const one of all) {
      expect(await one.verdict()).toMatchObject({ state: 'verified', size: 60, problems: [] })
      expect(await one.found({ operation: 'alerts' })).toHaveLength(30)
      expect(await one.checkpoints.key.all()).toHaveLength(1)
      expect(await one.log.subjects.list()).toHaveLength(1)
    }
    for (const one of all) await one.audit.close()
  })
})
