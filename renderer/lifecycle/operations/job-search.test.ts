import { expect, it } from 'vitest'
import type { Job } from '#preload/lifecycle/operations.ts'
import { jobSearchOf, passes } from './job-search.ts'

const job: Job = {
  ...{ id: '01', kind: 'backup', title: 'Back up the workspace', state: 'failed', undoing: false },
  ...{ createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z', dueAt: null, attempts: 1 },
  ...{ error: { code: 'storage', message: 'The disk is full.', retryable: true }, progress: null },
  ...{ steps: [], waits: [], parentId: null },
}

it('finds a job by words of its title, kind or error, in any order', () => {
  expect(passes(job, { q: 'workspace back' })).toBe(true)
  expect(passes(job, { q: 'FULL backup' })).toBe(true)
  expect(passes(job, { q: 'full restore' })).toBe(false)
})

it('keeps to one kind and to one state', () => {
  expect(passes(job, { kind: 'backup', show: 'failed' })).toBe(true)
  expect(passes(job, { kind: 'retention' })).toBe(false)
  expect(passes(job, { show: 'running' })).toBe(false)
  expect(passes({ ...job, state: 'cancelled' }, { show: 'ended' })).toBe(true)
  expect(passes(job, { show: 'ended' })).toBe(false)
})

it('takes from an address only what it can mean', () => {
  expect(jobSearchOf({ q: 7, show: 'everything', kind: '', open: ['x'] })).toEqual({
    q: '7',
    show: undefined,
    kind: undefined,
    open: undefined,
  })
})
