import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundle } from '#e2e/app/bundle.ts'
import { createAuditLog } from '#main/kernel/audit/log.ts'
import { createEntries } from '#main/kernel/audit/read.ts'
import { verifyLog } from '#main/kernel/audit/verify.ts'
import { systemClock } from '#main/kernel/clock.ts'
import { openWorkspace } from '#main/kernel/store/workspace.ts'
import { openVault } from '#main/kernel/vault/vault.ts'
import { trialKeychain } from './kill.driver.ts'
import { migrations } from './migrations.ts'
import { collect, removeFolder, temporaryFolder } from './trial.ts'

const kills = 200
const folder = temporaryFolder('kill')
const path = join(folder, 'workspace.db')
const driver = join(folder, 'driver.mjs')

beforeAll(() => bundle(join(import.meta.dirname, 'kill.driver.ts'), driver))

type Child = ChildProcessByStdio<Writable, Readable, null>
type Answer = { readonly op: string; readonly mark: string; readonly error?: unknown }

/** What each command leaves behind, counted by its mark. */
const effects: Readonly<Record<string, string>> = {
  'alerts.acknowledge': 'select count(*) from alert_overlay where alert_id = :mark and ack_comment = :mark',
  'alerts.note': "select count(*) from alert_activity where kind = 'noted' and text = :mark",
  'operations.saveView': 'select count(*) from saved_view where name = :mark',
  'connections.create': 'select count(*) from connection where name = :mark',
  'silences.create': 'select count(*) from local_silence where comment = :mark',
  'alerts.assign': 'select count(*) from alert_overlay where alert_id = :mark and assignee = :mark',
}

/** Every mark that left any trace, whoever was told of it. */
const traces = `select alert_id as mark, 'alerts.acknowledge' as op from alert_overlay where ack_comment like :run
  union all select text, 'alerts.note' from alert_activity where kind = 'noted' and text like :run
  union all select name, 'operations.saveView' from saved_view where name like :run
  union all select name, 'connections.create' from connection where name like :run
  union all select comment, 'silences.create' from local_silence where comment like :run
  union all select alert_id, 'alerts.assign' from alert_overlay where assignee like :run`

const children = new Set<Child>()
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  removeFolder(folder)
})

/** Starts a child as far as its imports, so that the next one warms up while this one is being judged. */
function warmUp(run: number): { child: Child; warm: Promise<void>; output: () => string } {
  const child = spawn(process.execPath, [driver, path, String(run)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  children.add(child)
  let text = ''
  const warm = new Promise<void>((resolve) =>
    child.stdout.on('data', (chunk) => {
      text += chunk
      if (text.startsWith('warm\n')) resolve()
    }),
  )
  return { child, warm, output: () => text }
}

/** Kills a child at a random moment: most while they work, some while they open and recover. */
async function killAtRandom({ child, warm, output }: ReturnType<typeof warmUp>): Promise<readonly Answer[]> {
  await warm
  child.stdin.write('go\n')
  // By what it has told, not by time, so that a slow machine gets as far as a fast one.
  const lines = Math.random() < 0.15 ? 1 : 2 + Math.floor(Math.random() * 8)
  while (output().split('\n').length <= lines && child.exitCode === null) await sleep(1)
  await sleep(Math.random() * 8)
  const gone = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGKILL')
  await gone
  children.delete(child)
  expect(child.signalCode).toBe('SIGKILL')
  const told = output().split('\n').slice(0, -1) // what follows the last line feed was not told whole
  return told.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Answer)
}

it(`loses nothing it acknowledged and does nothing twice over ${kills} kills`, { timeout: 120_000 }, async () => {
  let seen = 0
  const all: Answer[] = []
  const told = { acknowledged: 0, unacknowledged: 0, interrupted: 0 }
  let following = warmUp(0)
  for (let run = 0; run < kills; run++) {
    const current = following
    following = warmUp(run + 1)
    const answers = await killAtRandom(current)
    expect(answers.filter(({ error }) => error !== undefined)).toEqual([])

    const opened = await openWorkspace(path, migrations)
    const log = createAuditLog(opened.workspace, systemClock)
    told.interrupted += await log.recover()
    const vault = await openVault(opened.workspace, trialKeychain)
    const database = new Database(path, { readonly: true })
    const batches = await collect(createEntries(opened.workspace, log.subjects).follow(seen))
    const entries = batches.flat()
    expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, n) => seen + 1 + n))
    seen += entries.length

    const entriesOf = ({ op, mark }: Answer) =>
      entries.filter(
        (entry) => entry.operation === op && JSON.stringify([entry.after, entry.targets]).includes(`"${mark}"`),
      )

    for (const answer of answers) {
      const { op, mark } = answer
      expect([
        op,
        mark,
        database
          .prepare(effects[op] ?? '')
          .pluck()
          .get({ mark }),
      ]).toEqual([op, mark, 1])
      expect([op, mark, entriesOf(answer).map(({ outcome }) => outcome)]).toEqual([op, mark, ['succeeded']])
    }
    const traced = database.prepare(traces).all({ run: `m${run}-%` }) as Answer[]
    expect(new Set(traced.map(({ op, mark }) => `${op} ${mark}`)).size).toBe(traced.length)
    const acknowledged = new Set(answers.map(({ mark }) => mark))
    for (const trace of traced) {
      const outcomes = entriesOf(trace).map(({ outcome }) => outcome)
      expect([trace, outcomes.length]).toEqual([trace, 1])
      if (!acknowledged.has(trace.mark)) told.unacknowledged++
    }
    const lastConnection = traced.findLast(({ op }) => op === 'connections.create')
    if (lastConnection) {
      const id = database.prepare('select id from connection where name = :mark').pluck().get(lastConnection)
      expect(await vault.open(`connection/${id}/token`)).toBe(`secret of ${lastConnection.mark}`)
    }
    expect(database.prepare('select count(*) from audit_intent').pluck().get()).toBe(0)
    if (run % 20 === 0 || run === kills - 1)
      for await (const { problems } of verifyLog(opened.workspace, null, new AbortController().signal))
        expect(problems).toEqual([])
    told.acknowledged += answers.length
    all.push(...answers)
    database.close()
    await opened.close()
  }
  following.child.kill('SIGKILL')
  // Otherwise the kills all fell into quiet moments, and the test would mean little.
  expect(told.acknowledged).toBeGreaterThan(kills)
  expect(told.interrupted).toBeGreaterThan(kills / 10)
  expect(await everythingTold(all)).toEqual([])
})

/** What was acknowledged in any run and is not there any more at the end. */
async function everythingTold(all: readonly Answer[]): Promise<Answer[]> {
  const database = new Database(path, { readonly: true })
  const there = new Set(
    (database.prepare(traces).all({ run: 'm%' }) as Answer[]).map(({ op, mark }) => `${op} ${mark}`),
  )
  database.close()
  return all.filter(({ op, mark }) => !there.has(`${op} ${mark}`))
}
