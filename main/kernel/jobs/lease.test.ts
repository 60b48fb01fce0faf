import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { useTeamServer } from '#e2e/app/peers/databases.ts'
import { eventually } from '#e2e/app/peers/peer.ts'
import { postgresAvailable } from '#e2e/app/peers/postgres.ts'
import { openWorkspace } from '../store/workspace.ts'
import type { JobTables } from './journal.ts'
import { count, steps } from './lease.driver.ts'
import { createListing } from './listing.ts'
import { migrations } from './migrations.trial.ts'

const leaseMs = 1_500
const kills = 12
const driver = join(import.meta.dirname, 'lease.driver.ts')

type Child = ChildProcessByStdio<null, Readable, null>
type Effect = { readonly by: number; readonly input: number; readonly n: number }

describe.runIf(postgresAvailable())('jobs that processes share', () => {
  const team = useTeamServer()
  const children = new Set<Child>()
  const effects: Effect[] = []
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL')
  })

  const launch = (place: string): Child => {
    const child = spawn(process.execPath, [driver, place, String(leaseMs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    children.add(child)
    let rest = ''
    child.stdout.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      effects.push(...lines.map((line) => JSON.parse(line) as Effect))
    })
    return child
  }

  it(`are all done, each step once but for those that a kill fell into, over ${kills} kills`, {
    timeout: 120_000,
  }, async () => {
    const place = team.newPlace()
    const { workspace, close } = await openWorkspace(place, migrations)
    const text = JSON.stringify(place)
    const running = [launch(text), launch(text)]
    for (let kill = 0; kill < kills; kill++) {
      const before = effects.length
      await eventually(() => effects.length > before + 5, 5_000, 5)
      await sleep(Math.random() * 50)
      const victim = running.shift()
      victim?.kill('SIGKILL')
      if (victim) children.delete(victim)
      running.push(launch(text))
    }
    const db = workspace.withTables<JobTables>()
    const finished = async () =>
      (await db.selectFrom('job').select('id').where('state', '=', 'succeeded').execute()).length === count
    expect(await eventually(finished, 60_000)).toBe(true)

    const done = new Set(effects.map(({ input, n }) => `${input} ${n}`))
    expect(done.size).toBe(count * steps)
    // Of what a process did for a job, only the last may have been under way when it was killed.
    const certain = effects.filter(
      (one, at) => effects.findLastIndex(({ by, input }) => by === one.by && input === one.input) !== at,
    )
    const names = certain.map(({ input, n }) => `${input} ${n}`)
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
    expect(new Set(effects.map(({ by }) => by)).size).toBeGreaterThan(3)
    const journal = await createListing(workspace).list()
    expect(journal.map((job) => job.steps.map(({ outcome }) => outcome))).toEqual(
      Array.from({ length: count }, () => Array(steps).fill('succeeded')),
    )
    await close()
  })
})
