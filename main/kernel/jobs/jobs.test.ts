import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Opener, onBothDatabases } from '#e2e/app/peers/databases.ts'
import { AppError } from '#preload/contract/error.ts'
import { manualClock, systemClock } from '../clock.ts'
import { silentLog } from '../log/log.ts'
import { openWorkspace, type Workspace } from '../store/workspace.ts'
import { createJobs, type Jobs } from './jobs.ts'
import type { JobTables } from './journal.ts'
import { migrations } from './migrations.trial.ts'

let workspace: Workspace

/** On a machine that others use too, things may take their time. */
const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 15_000, interval: 20 })

const made: Jobs[] = []
const make = (clock = systemClock): Jobs => {
  const jobs = createJobs({ workspace, clock, log: silentLog })
  made.push(jobs)
  return jobs
}
afterEach(async () => {
  for (const jobs of made.splice(0)) await jobs.close()
})

const stateOf = async (jobs: Jobs, kind: string): Promise<string | undefined> =>
  (await jobs.list()).find((job) => job.kind === kind)?.state

onBothDatabases('jobs', (open, dialect) => {
  beforeEach(async () => {
    workspace = (await open()).workspace
  })

  it('run once for one idempotency key', async () => {
    const jobs = make()
    const run = vi.fn(async () => {})
    jobs.define({ kind: 'once', title: 'Once', attempts: 1, run })
    const first = await jobs.start('once', {}, 'key')
    await until(async () => expect(await stateOf(jobs, 'once')).toBe('succeeded'))
    expect(await jobs.start('once', {}, 'key')).toBe(first)
    expect(run).toHaveBeenCalledTimes(1)
  })

  it('go on after the last step that succeeded, doing no effect twice', async () => {
    const effects: string[] = []
    let crash = true
    const kind = (jobs: Jobs, stop: () => void) =>
      jobs.define({
        kind: 'steps',
        title: 'Steps',
        attempts: 1,
        run: async (job) => {
          await job.step('one', { n: 1 }, () => void effects.push('one'))
          if (crash) {
            stop()
            job.signal.throwIfAborted()
            await new Promise((resolve) => job.signal.addEventListener('abort', resolve))
            job.signal.throwIfAborted()
          }
          await job.step('two', { n: 2 }, () => void effects.push('two'))
        },
      })
    const first = make()
    let stopped: Promise<void> = Promise.resolve()
    kind(first, () => {
      stopped = first.close()
    })
    await first.start('steps', {}, 'k')
    await until(() => expect(effects).toEqual(['one']))
    await stopped
    crash = false
    const second = make()
    kind(second, () => {})
    await second.resume()
    await until(async () => expect(await stateOf(second, 'steps')).toBe('succeeded'))
    expect(effects).toEqual(['one', 'two'])
  })

  it('refuse to take the result of a step that was given other input', async () => {
    const jobs = make()
    let n = 1
    jobs.define({
      kind: 'input',
      title: 'Input',
      attempts: 1,
      run: async (job) => {
        await job.step('same', { n: n++ }, () => 1)
        await job.step('same', { n: n++ }, () => 2)
      },
    })
    await jobs.start('input', {})
    await until(async () => expect(await stateOf(jobs, 'input')).toBe('failed'))
    expect((await jobs.list())[0]?.error?.code).toBe('conflict')
  })

  it('come back on schedule, and can be run by hand before', async () => {
    const clock = manualClock(Date.UTC(2026, 0, 1, 12))
    const jobs = make(clock)
    const run = vi.fn(async () => {})
    jobs.define({ kind: 'daily', title: 'Daily', attempts: 1, schedule: '30 2 * * *', run })
    await jobs.resume()
    const [planned] = await jobs.list()
    expect(planned).toMatchObject({ state: 'waiting', title: 'Daily' })
    expect(Date.parse(planned?.dueAt ?? '')).toBeGreaterThan(clock.now())
    expect(await jobs.runNow(planned?.id ?? '')).toBe(true)
    await until(() => expect(run).toHaveBeenCalledTimes(1))
    await until(async () => expect(await stateOf(jobs, 'daily')).toBe('waiting'))
    await expect(jobs.runNow('00000000-0000-7000-8000-000000000000')).rejects.toMatchObject({ code: 'not_found' })
    await jobs.close()
  })

  it('forget finished jobs after their time', async () => {
    const jobs = make()
    jobs.define({ kind: 'old', title: 'Old', attempts: 1, run: async () => {} })
    await jobs.start('old', {})
    await until(async () => expect(await stateOf(jobs, 'old')).toBe('succeeded'))
    expect(await jobs.prune(new Date(Date.now() + 1000).toISOString())).toBe(1)
  })

  it('take the steps of an earlier run for new ones when their time comes again', async () => {
    const clock = manualClock()
    const ran: number[] = []
    const jobs = make(clock)
    jobs.define({
      kind: 'daily',
      title: 'Daily',
      attempts: 1,
      schedule: '30 2 * * *',
      run: async (job) => void (await job.step('same', null, () => ran.push(ran.length))),
    })
    await jobs.resume()
    for (const runs of [1, 2]) {
      await jobs.close()
      const [row] = await jobs.list()
      clock.set(Date.parse(row?.dueAt ?? '') + 1)
      const again = make(clock)
      again.define({
        kind: 'daily',
        title: 'Daily',
        attempts: 1,
        schedule: '30 2 * * *',
        run: async (job) => void (await job.step('same', null, () => ran.push(ran.length))),
      })
      await again.resume()
      await until(() => expect(ran).toHaveLength(runs))
      await until(async () => expect((await again.list())[0]?.state).toBe('waiting'))
      await again.close()
    }
  })

  it('show only here, where several share them, what every process does for itself', async () => {
    const jobs = make()
    const state = { state: 'running', dueAt: null, attempts: 0, error: null, progress: null } as const
    await jobs.track('poll:1', 'poll', 'Poll A', state)
    expect(await jobs.list()).toMatchObject([{ title: 'Poll A', state: 'running' }])
    expect(await make().list()).toHaveLength(dialect === 'sqlite' ? 1 : 0)
    await jobs.untrack('poll:1')
    expect(await jobs.list()).toEqual([])
  })

  if (dialect === 'postgres') severalProcesses(open)
})

describe('jobs by the clock', () => {
  beforeEach(async () => {
    workspace = (await openWorkspace(':memory:', migrations)).workspace
  })

  it('are run soon after the clock has passed their time, however long the machine slept', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const clock = manualClock()
    const jobs = make(clock)
    const run = vi.fn(async () => {})
    jobs.define({ kind: 'nightly', title: 'Nightly', attempts: 1, schedule: '30 2 * * *', run })
    await jobs.resume()
    clock.set(clock.now() - 3_600_000)
    await vi.advanceTimersByTimeAsync(120_000)
    expect(run).not.toHaveBeenCalled()
    clock.set(clock.now() + 26 * 3_600_000)
    await vi.advanceTimersByTimeAsync(60_000)
    vi.useRealTimers()
    await until(() => expect(run).toHaveBeenCalledTimes(1))
    await jobs.close()
  })

  it('are tried again after a failure, and given up after their attempts', async () => {
    vi.useFakeTimers()
    try {
      const clock = { now: () => Date.now(), monotonic: () => Date.now() }
      const jobs = make(clock)
      const run = vi.fn(async () => {
        throw new AppError('unreachable', 'Away.')
      })
      jobs.define({ kind: 'fails', title: 'Fails', attempts: 3, run })
      await jobs.start('fails', {})
      await vi.advanceTimersByTimeAsync(60_000)
      expect(run).toHaveBeenCalledTimes(3)
      const [job] = await jobs.list()
      expect(job).toMatchObject({ state: 'failed', error: { code: 'unreachable', message: 'Away.' } })
    } finally {
      vi.useRealTimers()
    }
  })

  it('show tracked work, writing only when it changes', async () => {
    const changes = vi.fn()
    const jobs = createJobs({ workspace, clock: systemClock, log: silentLog, onChange: changes })
    const state = { state: 'running', dueAt: null, attempts: 0, error: null, progress: null } as const
    await jobs.track('poll:1', 'poll', 'Poll A', state)
    const written = changes.mock.calls.length
    await jobs.track('poll:1', 'poll', 'Poll A', { ...state, dueAt: '2026-01-01T00:00:00.000Z' })
    expect(changes.mock.calls.length).toBe(written)
    await jobs.track('poll:1', 'poll', 'Poll A', { ...state, state: 'waiting' })
    expect((await jobs.list())[0]?.state).toBe('waiting')
    await jobs.untrack('poll:1')
    expect(await jobs.list()).toEqual([])
  })
})

/** Two processes with one workspace: each has its own connections and its own jobs. */
function severalProcesses(open: Opener): void {
  const leaseMs = 600
  const processes = async (count: number, lease = leaseMs): Promise<Jobs[]> => {
    const all: Jobs[] = []
    for (let n = 0; n < count; n++) {
      const other = (await open()).workspace
      all.push(createJobs({ workspace: other, clock: systemClock, log: silentLog, leaseMs: lease }))
    }
    made.push(...all)
    return all
  }

  it('run a scheduled job once, by whoever takes it', async () => {
    const all = await processes(3)
    const run = vi.fn(async () => {})
    for (const jobs of all) {
      jobs.define({ kind: 'minutely', title: 'Minutely', attempts: 1, schedule: '0 0 1 1 *', run })
      await jobs.resume()
    }
    const past = new Date(Date.now() - 1_000).toISOString()
    await workspace.withTables<JobTables>().updateTable('job').set({ due_at: past }).execute()
    const late = await processes(3)
    for (const jobs of late)
      jobs.define({ kind: 'minutely', title: 'Minutely', attempts: 1, schedule: '0 0 1 1 *', run })
    await Promise.all(late.map((jobs) => jobs.resume()))
    await until(() => expect(run).toHaveBeenCalledTimes(1))
    await until(async () => expect((await all[0]?.list())?.[0]?.state).toBe('waiting'))
    expect(run).toHaveBeenCalledTimes(1)
  })

  it('do the work of one idempotency key once, though both ask for it', async () => {
    const [a, b] = (await processes(2)) as [Jobs, Jobs]
    const run = vi.fn(async () => {})
    for (const jobs of [a, b]) jobs.define({ kind: 'once', title: 'Once', attempts: 1, run })
    const ids = await Promise.all(Array.from({ length: 10 }, (_, n) => (n % 2 ? a : b).start('once', {}, 'key')))
    expect(new Set(ids).size).toBe(1)
    await until(async () => expect(await stateOf(a, 'once')).toBe('succeeded'))
    expect(run).toHaveBeenCalledTimes(1)
  })

  it('keep a job that takes longer than a lease, and let nobody else start it', async () => {
    const [a, b] = (await processes(2)) as [Jobs, Jobs]
    const ran: string[] = []
    let finish = (): void => {}
    for (const [name, jobs] of [
      ['a', a],
      ['b', b],
    ] as const) {
      jobs.define({
        kind: 'long',
        title: 'Long',
        attempts: 1,
        run: async () => {
          ran.push(name)
          await new Promise<void>((resolve) => (finish = resolve))
        },
      })
      await jobs.resume()
    }
    const id = await a.start('long', {})
    await until(() => expect(ran).toEqual(['a']))
    const leases = async () =>
      (await workspace.withTables<JobTables>().selectFrom('job').select('lease_until').executeTakeFirst())?.lease_until
    const first = await leases()
    await until(async () =>
      expect(Date.parse((await leases()) ?? '')).toBeGreaterThan(Date.parse(first ?? '') + 2 * leaseMs),
    )
    expect(await b.runNow(id)).toBe(false)
    expect(ran).toEqual(['a'])
    finish()
    await until(async () => expect(await stateOf(b, 'long')).toBe('succeeded'))
  })

  it('take over from a process that gives no sign of life, after its recorded steps, and refuse what it writes late', async () => {
    const [a] = (await processes(1, 3_600_000)) as [Jobs]
    const [b] = (await processes(1)) as [Jobs]
    const effects: string[] = []
    let wake = (): void => {}
    const late: unknown[] = []
    a.define({
      kind: 'steps',
      title: 'Steps',
      attempts: 1,
      run: async (job) => {
        await job.step('one', null, () => void effects.push('one'))
        await new Promise<void>((resolve) => (wake = resolve))
        await job.step('two', null, () => void effects.push('two by a')).catch((thrown: unknown) => late.push(thrown))
        await job.step('more', null, () => void effects.push('more')).catch((thrown: unknown) => late.push(thrown))
        await job.progress('late').catch((thrown: unknown) => late.push(thrown))
      },
    })
    b.define({
      kind: 'steps',
      title: 'Steps',
      attempts: 1,
      run: async (job) => {
        await job.step('one', null, () => void effects.push('one again'))
        await job.step('two', null, () => void effects.push('two by b'))
      },
    })
    await a.start('steps', {})
    await until(() => expect(effects).toEqual(['one']))
    // As a machine that sleeps: its lease runs out and is not renewed.
    const db = workspace.withTables<JobTables>()
    await db.updateTable('job').set({ lease_until: '2020-01-01T00:00:00.000Z' }).execute()
    await b.resume()
    await until(async () => expect(await stateOf(b, 'steps')).toBe('succeeded'))
    expect(effects).toEqual(['one', 'two by b'])
    wake()
    await until(() => expect(late).toHaveLength(3))
    const refused = { code: 'conflict', message: 'Another process carries this job out by now.' }
    expect(late).toMatchObject([refused, refused, refused])
    expect(effects).toEqual(['one', 'two by b'])
    expect((await b.list())[0]).toMatchObject({ state: 'succeeded', progress: null })
    expect((await b.list())[0]?.steps.map(({ key }) => key)).toEqual(['one', 'two'])
  })

  it('go on elsewhere at once when a process closes', async () => {
    const [a, b] = (await processes(2)) as [Jobs, Jobs]
    const ran: string[] = []
    for (const [name, jobs] of [
      ['a', a],
      ['b', b],
    ] as const)
      jobs.define({
        kind: 'handed',
        title: 'Handed over',
        attempts: 1,
        run: async ({ signal }) => {
          ran.push(name)
          if (name === 'a')
            await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        },
      })
    await b.resume()
    await a.start('handed', {})
    await until(() => expect(ran).toEqual(['a']))
    await a.close()
    await until(async () => expect(await stateOf(b, 'handed')).toBe('succeeded'))
    expect(ran).toEqual(['a', 'b'])
  })
}
