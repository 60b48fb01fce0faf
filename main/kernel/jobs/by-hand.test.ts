import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { migrations } from '#main/app/migrations.ts'
import { systemClock } from '../clock.ts'
import { silentLog } from '../log/log.ts'
import { openWorkspace } from '../store/workspace.ts'
import { become, kind, waitsFor } from './jobs.trial.ts'
import { createJobs } from './jobs.ts'

it('a job that was due while nothing could be written goes on when it can', async () => {
  const { workspace, close } = await openWorkspace(':memory:', migrations)
  const jobs = createJobs({ workspace, clock: systemClock, log: silentLog })
  jobs.define(kind('nap', (job) => job.sleep('nap', 300)))
  const id = await jobs.start('nap', null)
  await waitsFor(jobs, id, 'nap')
  await sql`pragma query_only = on`.execute(workspace)
  await new Promise((resolve) => setTimeout(resolve, 600))
  await sql`pragma query_only = off`.execute(workspace)
  await become(jobs, id, 'succeeded')
  await jobs.close()
  await close()
})

it('a job that something else answers for is neither begun again nor cancelled by hand', async () => {
  const { workspace, close } = await openWorkspace(':memory:', migrations)
  const jobs = createJobs({ workspace, clock: systemClock, log: silentLog })
  let ended = false
  const byHand = {
    cancelRefusal: 'Stop it where it was begun.',
    againRefusal: async (input: unknown) => (ended && input === 'one' ? 'It is over.' : null),
  }
  let runs = 0
  const course = kind(
    'course',
    async (job) => {
      await job.step('count', null, () => {
        runs++
      })
      await job.signalled('word', 'word')
    },
    { byHand },
  )
  jobs.define(course)
  const id = await jobs.start('course', 'one', 'one')
  await waitsFor(jobs, id, 'word')
  await expect(jobs.cancel(id)).rejects.toThrow('course was not cancelled. Stop it where it was begun.')
  expect((await jobs.detail(id)).cancelRefusal).toBe('Stop it where it was begun.')
  await jobs.signal(id, 'word', null)
  await become(jobs, id, 'succeeded')
  ended = true
  await expect(jobs.runNow(id)).rejects.toThrow('course was not begun again. It is over.')
  await expect(jobs.retryFrom(id, 'count')).rejects.toThrow('course was not retried. It is over.')
  expect((await jobs.detail(id)).retryRefusal).toBe('It is over.')
  expect(runs).toBe(1)
  ended = false
  await jobs.retryFrom(id, 'count')
  await waitsFor(jobs, id, 'word')
  expect(runs).toBe(2)
  await jobs.close()
  await close()
})
