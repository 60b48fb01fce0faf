import { describe, expect, it } from 'vitest'
import type { Job } from '#preload/lifecycle/operations.ts'
import { jobsWords } from './jobs-words.ts'

type Told = Parameters<typeof jobsWords>[0][number]

const wait: Job['waits'][number] = { key: 'go on', kind: 'signal', what: 'go', until: null }
const job = (state: Job['state'], change: Partial<Told> = {}): Told => ({ state, error: null, waits: [], ...change })
const error = { code: 'unreachable', message: 'No.', retryable: true } as const

describe('the jobs in the status bar', () => {
  it('says that one waits amid its work, and not of one that waits for its next time', () => {
    expect(jobsWords([job('waiting')]).text).toBe('0 jobs running')
    expect(jobsWords([job('waiting', { waits: [wait] }), job('waiting')]).text).toBe('1 job waiting')
  })

  it('tells all that there is', () => {
    const jobs = [job('running'), job('running'), job('waiting', { waits: [wait] }), job('waiting', { error })]
    expect(jobsWords([...jobs, job('failed'), job('succeeded')])).toEqual({
      text: '2 jobs running, 1 waiting, 2 failing',
      failing: true,
    })
  })
})
