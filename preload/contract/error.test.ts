import { describe, expect, it } from 'vitest'
import { AppError, asAppError } from './error.ts'

describe('AppError', () => {
  it('survives the wire with its code, hint and position', () => {
    const error = new AppError('invalid', 'A matcher is wrong.', { hint: 'Close the quote.', at: '14' })
    expect(AppError.fromShape(JSON.parse(JSON.stringify(error.toShape())))).toMatchObject({
      code: 'invalid',
      message: 'A matcher is wrong.',
      hint: 'Close the quote.',
      at: '14',
      retryable: false,
    })
  })
  it('keeps the text of an unexpected error, which may hold a secret, off the wire', () => {
    expect(JSON.stringify(asAppError(new Error('password=hunter2')).toShape())).not.toContain('hunter2')
  })
  it('tells an abort from a failure', () => {
    expect(asAppError(new DOMException('x', 'AbortError')).code).toBe('cancelled')
  })
})
