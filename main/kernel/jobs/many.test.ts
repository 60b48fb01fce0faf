import type { KyselyPlugin } from 'kysely'
import { expect, it, vi } from 'vitest'
import { endedJobsListed } from '#preload/lifecycle/operations.ts'
import { manualClock } from '../clock.ts'
import { silentLog } from '../log/log.ts'
import { openWorkspace, type Workspace } from '../store/workspace.ts'
import { createAlarm } from './alarm.ts'
import { until } from './jobs.trial.ts'
import { createJobs } from './jobs.ts'
import { migrations } from './migrations.trial.ts'

const count = 1_000

/** The same workspace, telling of every statement. */
function counted(workspace: Workspace) {
  const seen = { statements: 0 }
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      seen.statements++
      return node
    },
    transformResult: async ({ result }) => result,
  }
  return { seen, workspace: workspace.withPlugin(plugin) }
}

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

it(`${count} jobs that sleep are one timer and no work, and all wake when their time comes`, {
  timeout: 60_000,
}, async () => {
  const { workspace: plain, close } = await openWorkspace(':memory:', migrations)
  const { seen, workspace } = counted(plain)
  const clock = manualClock()
  const before = timers()
  const woken: number[] = []
  const make = () => {
    const jobs = createJobs({ workspace, clock, log: silentLog })
    jobs.define({
      kind: 'sleeper',
      title: 'Sleeper',
      attempts: 1,
      run: async (job, input) => {
        await job.sleep('nap', 3_600_000)
        await job.step('woke', null, () => woken.push(Number(input)))
      },
    })
    return jobs
  }
  const jobs = make()
  for (let n = 0; n < count; n++) await jobs.start('sleeper', n)
  const asleep = () =>
    workspace.withTables<{ job: { suspended: number; state: string } }>().selectFrom('job').select('state')
  await until(async () => expect(await asleep().where('suspended', '=', 1).execute()).toHaveLength(count))
  expect(await jobs.list(), 'none that waits is left out').toHaveLength(count)

  const statements = seen.statements
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect(seen.statements).toBe(statements)
  expect(timers() - before).toBeLessThanOrEqual(1)
  await jobs.close()

  const again = make()
  await again.resume()
  expect(seen.statements - statements).toBe(1)
  expect(timers() - before).toBeLessThanOrEqual(1)
  clock.advance(3_600_001)
  await again.close()
  const third = make() // whose timer is armed after the clock was moved
  await third.resume()
  await until(async () => expect(await asleep().where('state', '=', 'succeeded').execute()).toHaveLength(count))
  expect(await third.list()).toHaveLength(endedJobsListed)
  expect(woken.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, n) => n))
  await third.close()
  await close()
})

it('the alarm rings for each of many at its time, by one timer', () => {
  vi.useFakeTimers()
  try {
    const rung: string[] = []
    const clock = { now: () => Date.now(), monotonic: () => Date.now() }
    const alarm = createAlarm(clock, (id) => rung.push(id))
    const start = Date.now()
    for (const [id, ms] of [
      ['c', 300_000],
      ['a', 1_000],
      ['b', 2_000],
      ['gone', 1_500],
    ] as const)
      alarm.set(id, start + ms)
    alarm.clear('gone')
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(999)
    expect(rung).toEqual([])
    vi.advanceTimersByTime(1_001)
    expect(rung).toEqual(['a', 'b'])
    alarm.set('c', start + 10_000)
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(8_000)
    expect(rung).toEqual(['a', 'b', 'c'])
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
