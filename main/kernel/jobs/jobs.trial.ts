import { afterEach, expect, vi } from 'vitest'
import type { JobDetail } from '#preload/lifecycle/operations.ts'
import { type Clock, systemClock } from '../clock.ts'
import { silentLog } from '../log/log.ts'
import type { OpenWorkspace } from '../store/workspace.ts'
import { createJobs } from './jobs.ts'
import type { JobKind, Jobs } from './kind.ts'

/** On a machine that others use too, things may take their time. */
export const until = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 15_000, interval: 10 })

export type Trial = {
  /** One process with the workspace of the present test, that knows these kinds of jobs and has taken up its work. */
  readonly process: (...kinds: readonly JobKind[]) => Promise<Jobs>
}

/** Processes with jobs, each closed after its test. */
export function useProcesses(open: () => Promise<OpenWorkspace>, clock: Clock = systemClock, leaseMs = 600): Trial {
  const made: Jobs[] = []
  afterEach(async () => {
    for (const jobs of made.splice(0)) await jobs.close()
  })
  return {
    async process(...kinds) {
      const { workspace } = await open()
      const jobs = createJobs({ workspace, clock, log: silentLog, leaseMs })
      made.push(jobs)
      for (const kind of kinds) jobs.define(kind)
      await jobs.resume()
      return jobs
    },
  }
}

/** Waits until the job is in this state, and not only on its way there. */
export const become = (jobs: Jobs, id: string, state: JobDetail['state']): Promise<JobDetail> =>
  until(async () => {
    const job = await jobs.detail(id)
    expect(job.state).toBe(state)
    return job
  })

/** Waits until the job waits for this in the middle of its function. */
export const waitsFor = (jobs: Jobs, id: string, key: string): Promise<JobDetail> =>
  until(async () => {
    const job = await jobs.detail(id)
    expect(job.state).toBe('waiting')
    expect(job.waits.map((wait) => wait.key)).toContain(key)
    return job
  })

export const kind = (name: string, run: JobKind['run'], more: Partial<JobKind> = {}): JobKind => ({
  kind: name,
  title: name,
  attempts: 1,
  run,
  ...more,
})
