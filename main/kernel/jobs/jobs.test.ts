import Database from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '#preload/contract/error.ts'
import { manualClock, systemClock } from '../clock.ts'
import { silentLog } from '../log/log.ts'
import type { Workspace } from '../store/workspace.ts'
import { createJobs, type Jobs } from './jobs.ts'
import { jobLeaseColumns, jobTables } from './journal.ts'

let workspace: Workspace

beforeEach(() => {
  const database = new Database(':memory:')
  for (const statement of [...jobTables, ...jobLeaseColumns]) database.exec(statement)
  workspace = new Kysely({ dialect: new SqliteDialect({ database }) })
})

const make = (clock = systemClock): Jobs => createJobs({ workspace, clock, log: silentLog })

const stateOf = async (jobs: Jobs, kind: string): Promise<string | undefined> =>
  (await jobs.list()).find((job) => job.kind === kind)?.state

describe('jobs', () => {
  it('run once for one idempotency key', async () => {
    const jobs = make()
    const run = vi.fn(async () => {})
    jobs.define({ kind: 'once', title: 'Once', attempts: 1, run })
    const first = await jobs.start('once', {}, 'key')
    await vi.waitFor(async () => expect(await stateOf(jobs, 'once')).toBe('succeeded'))
    expect(await jobs.start('once', {}, 'key')).toBe(first)
    expect(run).toHaveBeenCalledTimes(1)
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
    await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(1))
    await jobs.close()
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
    await vi.waitFor(() => expect(effects).toEqual(['one']))
    await stopped
    crash = false
    const second = make()
    kind(second, () => {})
    await second.resume()
    await vi.waitFor(async () => expect(await stateOf(second, 'steps')).toBe('succeeded'))
    expect(effects).toEqual(['one', 'two'])
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
    await vi.waitFor(async () => expect(await stateOf(jobs, 'input')).toBe('failed'))
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
    await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(1))
    await vi.waitFor(async () => expect(await stateOf(jobs, 'daily')).toBe('waiting'))
    await expect(jobs.runNow('00000000-0000-7000-8000-000000000000')).rejects.toMatchObject({ code: 'not_found' })
    await jobs.close()
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

  it('forget finished jobs after their time', async () => {
    const jobs = make()
    jobs.define({ kind: 'old', title: 'Old', attempts: 1, run: async () => {} })
    await jobs.start('old', {})
    await vi.waitFor(async () => expect(await stateOf(jobs, 'old')).toBe('succeeded'))
    expect(await jobs.prune(new Date(Date.now() + 1000).toISOString())).toBe(1)
  })
})
