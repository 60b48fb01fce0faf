import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { throttle } from './throttle.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('runs at once, then at most once a pause, and always after the last call', () => {
  const run = vi.fn()
  const call = throttle(500, run)
  call()
  expect(run).toHaveBeenCalledTimes(1)
  for (let n = 0; n < 100; n++) {
    call()
    vi.advanceTimersByTime(10)
  }
  vi.advanceTimersByTime(500)
  expect(run).toHaveBeenCalledTimes(3)
  vi.advanceTimersByTime(5_000)
  expect(run).toHaveBeenCalledTimes(3)
})
