import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '#preload/contract/error.ts'
import type { Observation } from '../engine.ts'
import { backoffMs, type PollState, startPoller } from './poller.ts'

const nothing: Observation = { alerts: [], silences: null, cluster: [], deliversElsewhere: false, version: '1.0' }
const clock = { now: () => Date.now(), monotonic: () => Date.now() }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function start(observe: () => Promise<Observation>) {
  const states: PollState[] = []
  const seen: Observation[] = []
  const poller = startPoller({
    clock,
    intervalMs: 10_000,
    observe,
    onObservation: async (observation) => void seen.push(observation),
    onState: (state) => states.push(state),
    random: () => 0.5,
  })
  return { poller, states, seen }
}

describe('a poller', () => {
  it('looks at once and then at its interval', async () => {
    const { seen, poller } = start(async () => nothing)
    await vi.advanceTimersByTimeAsync(25_000)
    expect(seen).toHaveLength(3)
    expect(poller.state()).toMatchObject({ status: 'live', failures: 0, version: '1.0' })
    poller.stop()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(seen).toHaveLength(3)
  })

  it('turns stale with its reason, comes back more and more slowly, and recovers', async () => {
    let away = true
    const observe = vi.fn(async () => {
      if (away) throw new AppError('unreachable', 'Away.')
      return nothing
    })
    const { poller } = start(observe)
    await vi.advanceTimersByTimeAsync(0)
    expect(poller.state()).toMatchObject({ status: 'stale', failures: 1, error: { code: 'unreachable' } })
    await vi.advanceTimersByTimeAsync(6_000)
    expect(observe.mock.calls.length).toBeLessThan(6)
    away = false
    await vi.advanceTimersByTimeAsync(60_000)
    expect(poller.state()).toMatchObject({ status: 'live', failures: 0, error: null })
    poller.stop()
  })

  it('looks again after a look that was under way when it was asked', async () => {
    let finish = (): void => {}
    const observe = vi.fn(() => new Promise<Observation>((resolve) => (finish = () => resolve(nothing))))
    const { poller } = start(observe)
    const asked = poller.look()
    finish()
    await vi.advanceTimersByTimeAsync(0)
    expect(observe).toHaveBeenCalledTimes(2)
    finish()
    await asked
    poller.stop()
  })
})

describe('the backoff', () => {
  it('doubles up to a minute and spreads clients apart', () => {
    expect([1, 2, 3, 10].map((n) => backoffMs(n, 1))).toEqual([1_000, 2_000, 4_000, 60_000])
    expect(backoffMs(3, 0)).toBe(2_000)
  })
})
