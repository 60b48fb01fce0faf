import { describe, expect, it } from 'vitest'
import { manualClock } from '#main/kernel/clock.ts'
import { createOnce } from './once.ts'

describe('what may be used once', () => {
  it('is spent by the first who presents it', () => {
    const clock = manualClock()
    const once = createOnce(clock)
    expect(once.spend('a', clock.now() + 1_000)).toBe(true)
    expect(once.spend('b', clock.now() + 1_000)).toBe(true)
    expect(once.spend('a', clock.now() + 1_000)).toBe(false)
  })

  it('is not forgotten when there are too many: the next is refused until some have expired', () => {
    const clock = manualClock()
    const once = createOnce(clock)
    for (let index = 0; index < 100_000; index++) once.spend(`id-${index}`, clock.now() + 1_000)
    expect(() => once.spend('one more', clock.now() + 1_000)).toThrow('Too many people')
    expect(once.spend('id-0', clock.now() + 1_000)).toBe(false)
    clock.advance(1_000)
    expect(once.spend('one more', clock.now() + 1_000)).toBe(true)
  })
})
