import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '#e2e/app/bundle.ts'
import { type PostgresPeer, postgresAvailable, startPostgres } from '#e2e/app/peers/postgres.ts'
import { createAuditLog } from '#main/kernel/audit/log.ts'
import { createEntries } from '#main/kernel/audit/read.ts'
import { verifyLog } from '#main/kernel/audit/verify.ts'
import { systemClock } from '#main/kernel/clock.ts'
import type { WorkspacePlace } from '#main/kernel/store/place.ts'
import { openWorkspace } from '#main/kernel/store/workspace.ts'
import { openVault } from '#main/kernel/vault/vault.ts'
import { trialPassphrase } from './kill.driver.ts'
import { migrations } from './migrations.ts'
import { collect, removeFolder, temporaryFolder } from './trial.ts'

const kills = 20
const folder = temporaryFolder('kill-team')
const driver = join(folder, 'driver.mjs')

type Child = ChildProcessByStdio<Writable, Readable, null>
type Answer = { readonly op: string; readonly mark: string; readonly error?: unknown }
type Running = { readonly child: Child; readonly lines: () => readonly string[] }

describe.runIf(postgresAvailable())('a process of a team', () => {
  let peer: PostgresPeer
  let place: WorkspacePlace
  const children = new Set<Child>()

  beforeAll(async () => {
    await bundle(join(import.meta.dirname, 'kill.driver.ts'), driver)
    peer = await startPostgres()
    const { host, port, database, user, password } = peer
    const settings = { host, port, database, user, password, schema: 'killed', tls: { mode: 'off' } } as const
    place = { kind: 'postgres', settings }
    const opened = await openWorkspace(place, migrations)
    await (await openVault(opened.workspace, null)).create(trialPassphrase)
    await opened.close()
  })
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL')
    await peer?.stop()
    removeFolder(folder)
  })

  /** Starts one that works as fast as it can. */
  const start = (run: string): Running => {
    const child = spawn(process.execPath, [driver, JSON.stringify(place), run], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    children.add(child)
    let text = ''
    child.stdout.on('data', (chunk) => {
      text += chunk
    })
    child.stdin.write('go\n')
    return { child, lines: () => text.split('\n').slice(0, -1) }
  }

  /** Kills it after so many answers. @returns what it has told. */
  const kill = async ({ child, lines }: Running, answers: number): Promise<readonly Answer[]> => {
    while (lines().filter((line) => line.startsWith('{')).length < answers && child.exitCode === null) await sleep(1)
    await sleep(Math.random() * 8)
    const gone = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGKILL')
    await gone
    children.delete(child)
    expect(child.signalCode).toBe('SIGKILL')
    return lines()
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Answer)
  }

  it(`that is killed (${kills} times) loses nothing it acknowledged, and disturbs no other`, {
    timeout: 180_000,
  }, async () => {
    const steady = start('s')
    const told: Answer[] = []
    for (let run = 0; run < kills; run++) told.push(...(await kill(start(String(run)), Math.floor(Math.random() * 12))))
    const before = steady.lines().length
    told.push(...(await kill(steady, before + 20)))
    expect(told.filter(({ error }) => error !== undefined)).toEqual([])
    expect(told.length).toBeGreaterThan(3 * kills)

    const opened = await openWorkspace(place, migrations)
    const { workspace } = opened
    const log = createAuditLog(workspace, systemClock)
    const left = async () =>
      (await sql<{ n: number }>`select count(*) as n from audit_intent`.execute(workspace)).rows[0]?.n
    const interrupted = Number(await left())
    expect(interrupted).toBeGreaterThan(kills / 4) // otherwise the kills all fell into quiet moments
    expect(await log.recover()).toBe(0) // they may be alive: they have said so a moment ago
    await sql`update audit_instance set seen_at = '2020-01-01T00:00:00.000Z'`.execute(workspace)
    expect(await log.recover()).toBe(interrupted)
    expect(Number(await left())).toBe(0)

    const entries = (await collect(createEntries(workspace, log.subjects).follow(0))).flat()
    expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, n) => n + 1))
    const outcomes = new Map<string, string[]>()
    for (const { operation, after, targets, outcome } of entries) {
      const mark = /"(m\w+-\d+)"/.exec(JSON.stringify([after, targets]))?.[1]
      const key = `${mark} ${operation}`
      outcomes.set(key, [...(outcomes.get(key) ?? []), outcome])
    }
    const { rows: traced } = await sql<Answer>`
      select alert_id as mark, 'alerts.acknowledge' as op from alert_overlay where ack_comment like 'm%'
      union all select text, 'alerts.note' from alert_activity where kind = 'noted' and text like 'm%'
      union all select name, 'operations.saveView' from saved_view where name like 'm%'
      union all select name, 'connections.create' from connection where name like 'm%'
      union all select comment, 'silences.create' from local_silence where comment like 'm%'
      union all select alert_id, 'alerts.assign' from alert_overlay where assignee like 'm%'`.execute(workspace)
    const times = Map.groupBy(traced, ({ op, mark }) => `${mark} ${op}`)
    for (const { op, mark } of told)
      expect([mark, op, times.get(`${mark} ${op}`)?.length, outcomes.get(`${mark} ${op}`)]).toEqual([
        mark,
        op,
        1,
        ['succeeded'],
      ])
    for (const [key, traces] of times) expect([key, traces.length, outcomes.get(key)?.length]).toEqual([key, 1, 1])
    for await (const { problems } of verifyLog(workspace, null, new AbortController().signal))
      expect(problems).toEqual([])
    await log.close()
    await opened.close()
  })
})
