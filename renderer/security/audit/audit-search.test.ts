import { describe, expect, it } from 'vitest'
import { auditSearchOf, filterOf, isFiltered, questionOf } from './audit-search.ts'

const hour = 3_600_000
const scope = { environment: null, range: { from: 0, to: hour }, moving: true, pausedAt: null }

describe('the address of the audit screen', () => {
  it('takes what it can read and leaves out the rest', () => {
    expect(auditSearchOf({ text: 42, outcome: 'failed', open: '7', time: 'later', actor: '' })).toMatchObject({
      text: '42',
      outcome: 'failed',
      open: 7,
      time: undefined,
      actor: undefined,
    })
    expect(auditSearchOf({ outcome: 'great', open: -1 })).toMatchObject({ outcome: undefined, open: undefined })
  })

  it('counts an open entry as no filter, and keeps it out of a saved question', () => {
    expect(isFiltered(auditSearchOf({ open: 7 }))).toBe(false)
    expect(isFiltered(auditSearchOf({ environment: 'production' }))).toBe(true)
    expect(questionOf(auditSearchOf({ open: 7, actor: 'a1', time: 'range' }))).toEqual({ actor: 'a1', time: 'range' })
  })
})

describe('the filter of the audit screen', () => {
  it('has no end while time goes on, and ends at the pause', () => {
    expect(filterOf({ time: 'range' }, scope)).toMatchObject({ from: '1970-01-01T00:00:00.000Z', to: undefined })
    expect(filterOf({}, { ...scope, moving: false, pausedAt: hour }).to).toBe('1970-01-01T01:00:00.000Z')
    expect(filterOf({}, scope)).toMatchObject({ from: undefined, to: undefined })
  })

  it('ends where an absolute range ends', () => {
    expect(filterOf({ time: 'range' }, { ...scope, moving: false }).to).toBe('1970-01-01T01:00:00.000Z')
  })

  it('prefers the environment of the shell', () => {
    expect(filterOf({ environment: 'staging' }, { ...scope, environment: 'production' }).environment).toBe('production')
    expect(filterOf({ environment: 'staging' }, scope).environment).toBe('staging')
  })
})
