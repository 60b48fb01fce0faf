import { appendFileSync, readFileSync, writeSync } from 'node:fs'
import type { KyselyPlugin } from 'kysely'
import { AppError } from '#preload/contract/error.ts'
import { systemClock } from '../clock.ts'
import { silentLog } from '../log/log.ts'
import { openWorkspace } from '../store/workspace.ts'
import { createJobs } from './jobs.ts'
import type { JobContext, JobKind } from './kind.ts'
import { migrations } from './migrations.trial.ts'

/**
 * The child of kill.test.ts: one process with one job, that kills itself at the nth moment. A moment is before and after
 * every statement that it gives the database and every effect on its targets.
 */

/** Two files that outlive the process: one knows what it was given before, the other takes everything. */
type Targets = { readonly keyed: string; readonly appended: string }

export type Place = Targets & { readonly database: string }

const linesOf = (file: string): readonly string[] => {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}

type Moment = () => void

/** @param at which moment is the last; there is none for 0. */
function dieAt(at: number): Moment {
  let moments = 0
  return () => {
    if (++moments === at) process.kill(process.pid, 'SIGKILL')
  }
}

const telling = (moment: Moment): KyselyPlugin => ({
  transformQuery: ({ node }) => {
    moment()
    return node
  },
  transformResult: async ({ result }) => {
    moment()
    return result
  },
})

function targetsOf({ keyed, appended }: Targets, moment: Moment) {
  return {
    /** Does the same thing once however often it is told, as a server that honours idempotency keys. */
    put(key: string): string {
      moment()
      if (!linesOf(keyed).includes(key)) appendFileSync(keyed, `${key}\n`)
      moment()
      return key
    },
    /** Does it each time, but can be asked. */
    append(text: string): string {
      moment()
      appendFileSync(appended, `${text}\n`)
      moment()
      return text
    },
    has: (text: string): boolean => linesOf(appended).includes(text),
  }
}

type World = ReturnType<typeof targetsOf>

/** The work of every kind below: an effect of each sort, a wait, and each sort again. */
async function work(job: JobContext, { put, append, has }: World): Promise<void> {
  const sure = (key: string) =>
    job.step(key, { key }, () => put(key), { compensate: async (value) => void put(`undo ${value}`) })
  const unsure = (key: string) =>
    job.step(key, { key }, () => append(key), {
      reconcile: async () => (has(key) ? { kind: 'done', value: key } : { kind: 'not done' }),
      compensate: async (value) => {
        if (!has(`undo ${value}`)) append(`undo ${value}`)
      },
    })
  await sure('a')
  await unsure('b')
  await job.sleep('nap', 1)
  await sure('c')
  await unsure('d')
}

const kinds = (world: World): readonly JobKind[] => [
  { kind: 'succeeds', title: 'Succeeds', attempts: 1, run: (job) => work(job, world) },
  {
    kind: 'fails',
    title: 'Fails',
    attempts: 1,
    async run(job) {
      await work(job, world)
      throw new AppError('refused', 'No.')
    },
  },
  {
    kind: 'parent',
    title: 'Parent',
    attempts: 1,
    async run(job) {
      await job.child('child', 'child', null)
      await job.step('after', null, () => world.put('after'))
    },
  },
  { kind: 'child', title: 'Child', attempts: 1, run: (job) => job.step('in it', null, () => void world.put('in it')) },
]

/** Carries the job out to its end, or goes on with it where a process before was killed. */
export async function carryOut(place: Place, kind: string, at: number): Promise<void> {
  const { workspace, close } = await openWorkspace(place.database, migrations)
  const moment = dieAt(at)
  const jobs = createJobs({ workspace: workspace.withPlugin(telling(moment)), clock: systemClock, log: silentLog })
  for (const one of kinds(targetsOf(place, moment))) jobs.define(one)
  await jobs.resume()
  await jobs.start(kind, null, 'the one')
  for (;;) {
    const states = await workspace
      .withTables<{ job: { state: string } }>()
      .selectFrom('job')
      .select('state')
      .where('state', 'in', ['waiting', 'running'])
      .execute()
    if (states.length === 0) break
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await jobs.close()
  await close()
}

const [place, kind, at] = process.argv.slice(2)
if (process.argv[1] === import.meta.filename && place && kind && at) {
  await carryOut(JSON.parse(place), kind, Number(at))
  writeSync(1, 'ended\n')
}
