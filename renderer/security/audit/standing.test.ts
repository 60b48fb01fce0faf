import { describe, expect, it } from 'vitest'
import type { Integrity } from '#preload/security/audit-integrity.ts'
import { shortKey, standingOf } from './standing.ts'

const at = '2026-11-25T22:00:00.000Z'
const checkpoint = { size: 10, root: 'ab', at, key: 'log+1', note: '' }
const verified: Integrity = {
  state: 'verified',
  size: 10,
  checked: 10,
  checkpoint,
  verifiedAt: at,
  problems: [],
  unasked: [],
}

describe('the standing of the log', () => {
  it('is verified only to a named checkpoint that covers every entry', () => {
    expect(standingOf(verified)).toEqual({ kind: 'verified', checkpoint, at })
    expect(standingOf({ ...verified, checkpoint: null })).toEqual({ kind: 'unverified', recomputedAt: at })
    expect(standingOf({ ...verified, verifiedAt: null })).toEqual({ kind: 'unverified', recomputedAt: null })
  })

  it('counts what came after the checkpoint, whatever the state calls itself', () => {
    expect(standingOf({ ...verified, state: 'appended', size: 13 })).toMatchObject({ kind: 'appended', since: 3 })
    expect(standingOf({ ...verified, size: 13 })).toMatchObject({ kind: 'appended', since: 3 })
  })

  it('is broken as soon as one problem is known', () => {
    const problems = [{ kind: 'edit' as const, sequence: 2, reason: 'Entry 2 was changed.' }]
    expect(standingOf({ ...verified, problems })).toEqual({ kind: 'broken', problems, at })
    expect(standingOf({ ...verified, state: 'broken' }).kind).toBe('broken')
  })

  it('is unverified while nobody has verified, and when the log is shorter than its checkpoint', () => {
    expect(standingOf({ ...verified, state: 'unverified' }).kind).toBe('unverified')
    expect(standingOf({ ...verified, state: 'verifying' }).kind).toBe('unverified')
    expect(standingOf({ ...verified, size: 9 }).kind).toBe('unverified')
  })
})

it('calls a key by its id, whatever else the text holds', () => {
  expect(shortKey('framework0/93fad127-9715+16cbd558')).toBe('16cbd558')
  expect(shortKey('no id\u202e<b>')).toBe('noidb')
})
