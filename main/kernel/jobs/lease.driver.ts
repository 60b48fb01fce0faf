import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../clock.ts'
import { silentLog } from '../log/log.ts'
import { openWorkspace } from '../store/workspace.ts'
import { createJobs } from './jobs.ts'
import { migrations } from './migrations.trial.ts'

/**
 * The child of lease.test.ts: one process of several that share the jobs of a PostgreSQL workspace. Its job writes each
 * effect to standard output, which outlives it, until it is killed.
 */
export const steps = 12
export const count = 12

async function main(place: string, leaseMs: number): Promise<void> {
  const { workspace } = await openWorkspace(JSON.parse(place), migrations)
  const jobs = createJobs({ workspace, clock: systemClock, log: silentLog, leaseMs })
  jobs.define({
    kind: 'count',
    title: 'Count',
    attempts: 1_000,
    async run(job, input) {
      for (let n = 0; n < steps; n++)
        await job.step(`step ${n}`, { n }, async () => {
          writeSync(1, `${JSON.stringify({ by: process.pid, input, n })}\n`)
          await sleep(15)
          return n
        })
    },
  })
  await jobs.resume()
  // Every process asks for all of them; each is done once all the same.
  for (let n = 0; n < count; n++) await jobs.start('count', n, `count ${n}`)
  setInterval(() => {}, 1_000) // the timers of jobs do not keep a process alive
}

const [place, leaseMs] = process.argv.slice(2)
if (process.argv[1] === import.meta.filename && place && leaseMs) await main(place, Number(leaseMs))
