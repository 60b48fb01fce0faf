import { describe, expect, it } from 'vitest'
import { AppError } from '#preload/contract/error.ts'
import { countdown, waitOf } from './throttle.ts'

const throttled = (message: string, hint?: string) => new AppError('throttled', message, { hint })

describe('how long to wait after too many attempts', () => {
  it.each([
    ['Too many attempts.', 'Wait 30 seconds.', 30],
    ['Too many attempts.', 'Try again in a minute, or ask an administrator to unlock you.', 60],
    ['Too many attempts.', 'Try again in 4 minutes, or ask an administrator to unlock you.', 240],
    ['Too many attempts.', 'Try again in 2 minutes.', 120],
    ['Too many attempts.', 'Try again in 1 m 30 s.', 90],
    ['Locked for 1 hour.', undefined, 3_600],
    ['Locked after 5 attempts for 15 min.', 'Or ask an administrator.', 900],
  ])('is read from %j %j', (message, hint, seconds) => {
    expect(waitOf(throttled(message, hint))).toBe(seconds)
    expect(waitOf(throttled(message, hint)), 'and again').toBe(seconds)
  })

  it('is not known where nothing says it, nor for another failure', () => {
    expect(waitOf(throttled('Too many attempts.'))).toBeNull()
    expect(waitOf(new AppError('refused', 'Wait 30 seconds.'))).toBeNull()
    expect(waitOf(null)).toBeNull()
  })
})

it('counts down in minutes and seconds', () => {
  expect([0, 27.2, 65, 3_725].map(countdown)).toEqual(['0:00', '0:28', '1:05', '1:02:05'])
})
