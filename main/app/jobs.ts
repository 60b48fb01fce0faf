import { join } from 'node:path'
import { type Clock, iso } from '#main/kernel/clock.ts'
import type { Jobs } from '#main/kernel/jobs/jobs.ts'
import { pruneBackups, stamp } from '#main/kernel/store/workspace.ts'
import type { SourceState } from '#preload/observability/alerts.ts'
import type { DataFolder } from './data-folder.ts'

const dayMs = 24 * 3600_000
const historyKeptMs = 400 * dayMs
const jobsKeptMs = 30 * dayMs

type Ports = {
  readonly jobs: Jobs
  readonly folder: DataFolder
  readonly clock: Clock
  /** Absent where the workspace is on a server, which is backed up by whoever looks after it. */
  readonly backup: ((target: string) => Promise<void>) | undefined
  /** Forgets alert history before a moment. @returns how many entries. */
  readonly prune: (before: number) => Promise<number>
  readonly pruneMetrics: () => Promise<number>
  /** Empties audit entries that are older than retention keeps them. */
  readonly pruneAudit: () => Promise<number>
}

/** The application's own recurring work. */
export function defineJobs({ jobs, folder, clock, backup, prune, pruneMetrics, pruneAudit }: Ports): void {
  if (backup)
    jobs.define({
      kind: 'backup',
      title: 'Back up the workspace',
      attempts: 5,
      schedule: '30 2 * * *',
      async run(job) {
        const target = await job.step('name', null, () => join(folder.backups, `workspace-${stamp()}.db`))
        await job.step('copy', { target }, () => backup(target))
        await job.step('prune', null, () => pruneBackups(folder.workspace))
        await job.progress(`Written to ${target}`)
      },
    })
  jobs.define({
    kind: 'retention',
    title: 'Forget what is older than it must be',
    attempts: 5,
    schedule: '0 3 * * *',
    async run(job) {
      const now = clock.now()
      const history = await job.step('alert history', null, () => prune(now - historyKeptMs))
      const samples = await job.step('metrics', null, pruneMetrics)
      const old = await job.step('jobs', null, () => jobs.prune(iso(now - jobsKeptMs)))
      await job.progress(`Removed ${history} history entries, ${samples} samples and ${old} jobs`)
    },
  })
  jobs.define({
    kind: 'audit-retention',
    title: 'Empty audit entries that are older than they must be kept',
    attempts: 5,
    schedule: '30 3 * * *',
    async run(job) {
      const emptied = await job.step('prune', null, pruneAudit)
      await job.progress(`Emptied ${emptied} entries; their hashes stay`)
    },
  })
}

/** Shows polling and reconnecting among the jobs. @returns a function to be told the states of the sources. */
export function trackPolling(jobs: Jobs): (sources: readonly SourceState[]) => Promise<void> {
  const shown = new Set<string>()
  let turn = Promise.resolve()
  const track = async (sources: readonly SourceState[]): Promise<void> => {
    const polled = sources.filter((source) => source.kind !== 'embedded')
    for (const source of polled) {
      shown.add(source.id)
      const stale = source.status === 'stale'
      await jobs.track(`poll:${source.id}`, 'poll', `${stale ? 'Reconnect to' : 'Poll'} ${source.name}`, {
        state: stale || source.status === 'paused' ? 'waiting' : 'running',
        dueAt: source.nextAttemptAt,
        attempts: source.failures,
        error: source.error,
        progress: source.lastSuccessAt ? `Last answer ${source.lastSuccessAt}` : null,
      })
    }
    for (const id of shown)
      if (!polled.some((source) => source.id === id)) {
        shown.delete(id)
        await jobs.untrack(`poll:${id}`)
      }
  }
  return (sources) => {
    turn = turn.catch(() => {}).then(() => track(sources))
    return turn
  }
}
