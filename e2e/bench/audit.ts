import { fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrations } from '#main/app/migrations.ts'
import { personalCaller } from '#main/kernel/access/caller.ts'
import { createAuditLog, type WorkspaceLog } from '#main/kernel/audit/log.ts'
import { inclusionPath } from '#main/kernel/audit/proof.ts'
import { createEntries } from '#main/kernel/audit/read.ts'
import { readHead, storedNodes } from '#main/kernel/audit/tree.ts'
import { verifyLog } from '#main/kernel/audit/verify.ts'
import { systemClock } from '#main/kernel/clock.ts'
import { openWorkspace, type Workspace } from '#main/kernel/store/workspace.ts'
import { createSearch, type Search } from '#main/security/audit/search.ts'
import { createSearchIndex } from '#main/security/audit/search-index.ts'
import type { AuditFilter } from '#preload/security/audit.ts'
import { percentile, type Row, residentMiB, show, spread } from './measure.ts'

const entries = 1_000_000
const atOnce = 500
const operations = ['alerts.acknowledge', 'alerts.note', 'silences.create', 'connections.update', 'operations.saveView']
const people = Array.from({ length: 40 }, (_, n) => personalCaller(`person ${n}`, 'browser', `session-${n}`))

const cpuSeconds = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1e6
}

/** The nth attempt: a few things are frequent, some rare, as in a log that people work with. */
const attempt = (n: number) => ({
  caller: people[(n * 7) % people.length] ?? people[0] ?? personalCaller('nobody', 'browser', ''),
  operation: operations[n % operations.length] ?? '',
  input: { ids: [`prod.${n % 5_000}`], comment: `Looked at by shift ${n % 3}, ticket CHG-${n % 20_000}` },
  correlationId: `0192b1a2-0000-7000-8000-${n.toString(16).padStart(12, '0')}`,
  environments: [n % 3 ? 'production' : 'staging'],
  policies: ['roles'],
  approval: null,
})
const refused = { code: 'forbidden', message: 'Your role does not allow this.', retryable: false } as const

/** The audit log with a million entries on disk. */
export async function auditRows(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'framework0-bench-'))
  const { workspace, close } = await openWorkspace(join(folder, 'workspace.db'), migrations)
  const log = createAuditLog(workspace, systemClock)
  try {
    const single = await singleAppends(log, folder)
    const grouped = await groupedAppends(log)
    const { search, indexed } = await indexAll(workspace, log)
    return [
      grouped,
      single,
      { what: 'The same, followed by search index and full text', ours: indexed },
      await verification(workspace),
      await proofs(workspace),
      ...(await pages(search)),
    ]
  } finally {
    await close()
    rmSync(folder, { recursive: true })
  }
}

const warmUp = 300

/** One entry at a time, each waited for, beside a write and fdatasync of as many bytes on the same disk. */
async function singleAppends(log: WorkspaceLog, folder: string): Promise<Row> {
  const file = openSync(join(folder, 'bare'), 'w')
  const bytes = Buffer.alloc(4_096)
  const bare: number[] = []
  const ours: number[] = []
  for (let n = 0; n < warmUp; n++) await log.refuse({ ...attempt(n), error: refused })
  for (let n = 0; n < 300; n++) {
    const began = performance.now()
    writeSync(file, bytes)
    fdatasyncSync(file)
    bare.push(performance.now() - began)
    const again = performance.now()
    await log.refuse({ ...attempt(n), error: refused })
    ours.push(performance.now() - again)
  }
  const ratio = spread(ours).median / spread(bare).median
  return {
    what: `Audit log: one durable append, after ${warmUp} others`,
    ours: `${show(spread(ours), 'ms', 2)}; ${ratio.toFixed(2)} × bare`,
    peer: `fdatasync of 4 KiB: ${show(spread(bare), 'ms', 2)}`,
    goal: '≤ 2 × fdatasync',
  }
}

async function groupedAppends(log: WorkspaceLog): Promise<Row> {
  const before = process.cpuUsage()
  const began = performance.now()
  for (let n = 0; n < entries; n += atOnce)
    await Promise.all(Array.from({ length: atOnce }, (_, at) => log.refuse({ ...attempt(n + at), error: refused })))
  const perSecond = entries / cpuSeconds(before)
  return {
    what: `Audit log: ${entries.toLocaleString('en')} appends, ${atOnce.toLocaleString('en')} in a group`,
    ours: `${Math.round(perSecond).toLocaleString('en')} per CPU-second (${((performance.now() - began) / 1_000).toFixed(1)} s, once)`,
    goal: '≥ 100,000',
  }
}

async function indexAll(workspace: Workspace, log: WorkspaceLog): Promise<{ search: Search; indexed: string }> {
  const read = createEntries(workspace, log.subjects)
  const options = { workspace, entries: read, subjects: log.subjects }
  const index = createSearchIndex({
    ...options,
    onError: (thrown) => {
      throw thrown
    },
  })
  const before = process.cpuUsage()
  const size = await index.catchUp()
  const perSecond = size / cpuSeconds(before)
  return {
    search: createSearch(workspace, read, log.subjects, index),
    indexed: `${Math.round(perSecond).toLocaleString('en')} per CPU-second (once, behind the writer)`,
  }
}

async function verification(workspace: Workspace): Promise<Row> {
  const seconds: number[] = []
  let memory = 0
  let blocked = 0
  for (let run = 0; run < 3; run++) {
    const before = process.cpuUsage()
    let last = performance.now()
    for await (const { checked, done, problems } of verifyLog(workspace, null, AbortSignal.timeout(600_000))) {
      blocked = Math.max(blocked, performance.now() - last)
      last = performance.now()
      if (checked % 100_000 === 0) memory = Math.max(memory, residentMiB(process.pid))
      if (done && (problems.length > 0 || checked < entries))
        throw new Error(`Not verified: ${JSON.stringify(problems)}`)
    }
    seconds.push(cpuSeconds(before))
  }
  return {
    what: 'Audit log: verifying 1,000,000 entries',
    ours: `${show(spread(seconds), 'CPU-s', 2)}; at most ${memory.toFixed(0)} MiB resident; longest step ${blocked.toFixed(0)} ms`,
    goal: '≤ 3 CPU-s',
  }
}

async function proofs(workspace: Workspace): Promise<Row> {
  const size = (await readHead(workspace))?.size ?? 0
  const nodes = storedNodes(workspace)
  const times: number[] = []
  for (let n = 0; n < 1_000; n++) {
    const index = (n * 7_919_993) % size
    const began = performance.now()
    await inclusionPath(nodes, index, size)
    times.push(performance.now() - began)
  }
  return {
    what: 'Audit log: inclusion proof at 10⁶',
    ours: `${show(spread(times), 'ms', 3)}; p99 ${percentile(times, 0.99).toFixed(3)} ms`,
    goal: '< 1 ms',
  }
}

const month = { from: '2020-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' }
const questions: readonly (readonly [what: string, filter: AuditFilter, offset?: number])[] = [
  ['newest page', {}],
  ['page after 900,000 others', {}, 900_000],
  ['operation', { operation: 'alerts.note' }],
  ['capability', { operation: 'alerts' }],
  ['person', { actor: 'person 3' }],
  ['target', { target: 'prod.77' }],
  ['environment', { environment: 'staging' }],
  ['outcome that never was', { outcome: 'failed' }],
  ['person and operation', { actor: 'person 3', operation: 'alerts.note' }],
  ['environment and operation', { environment: 'staging', operation: 'silences.create' }],
  ['all of time and outcome', { ...month, outcome: 'forbidden' }],
  ['rare word', { text: 'CHG-777' }],
  ['frequent word', { text: 'shift' }],
  ['frequent word of a person', { text: 'shift', actor: 'person 3' }],
  ['rare word of a person', { text: 'CHG-777', actor: 'person 3' }],
]

async function pages(search: Search): Promise<Row[]> {
  const rows: Row[] = []
  for (const [what, filter, offset = 0] of questions) {
    const times: number[] = []
    for (let n = 0; n < 20; n++) {
      const began = performance.now()
      await search.page(filter, offset, 200)
      times.push(performance.now() - began)
    }
    rows.push({
      what: `Audit log: page of 200 out of 10⁶ by ${what}`,
      ours: show(spread(times), 'ms', 1),
      goal: '< 50 ms',
    })
  }
  return rows
}
