import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { onBothDatabases } from '#e2e/app/peers/databases.ts'
import { AppError } from '#preload/contract/error.ts'
import { become, kind, useProcesses, waitsFor } from './jobs.trial.ts'
import type { JobContext } from './kind.ts'

onBothDatabases('a step', (open) => {
  const { process } = useProcesses(open)

  it('is tried as often as it may be, and shows how often it was', async () => {
    let tries = 0
    const flaky = async (job: JobContext, worksAt: number): Promise<void> => {
      const effect = () => {
        if (++tries < worksAt) throw new AppError('unreachable', 'Away.')
        return 'here'
      }
      await job.step('call', null, effect, { attempts: 3, backoffMs: 5 })
    }
    const jobs = await process(kind('flaky', (job, worksAt) => flaky(job, Number(worksAt))))
    const good = await become(jobs, await jobs.start('flaky', 3), 'succeeded')
    expect(good.timeline).toMatchObject([{ key: 'call', outcome: 'succeeded', tries: 3, output: 'here' }])
    tries = 0
    const bad = await become(jobs, await jobs.start('flaky', 9), 'failed')
    expect(tries).toBe(3)
    expect(bad.timeline).toMatchObject([
      { outcome: 'failed', tries: 3, error: { code: 'unreachable', message: 'Away.' } },
    ])
  })

  it('fails when it takes too long, though it does not heed its signal', async () => {
    let told = false
    const jobs = await process(
      kind('slow', async (job) => {
        const effect = (signal: AbortSignal) => {
          signal.addEventListener('abort', () => (told = true))
          return new Promise<never>(() => {})
        }
        await job.step('hang', null, effect, { timeoutMs: 50 })
      }),
    )
    const { error } = await become(jobs, await jobs.start('slow', null), 'failed')
    expect(error).toMatchObject({ code: 'timeout', message: 'Step hang took longer than 0.05 s.' })
    expect(told).toBe(true)
  })

  it('is not repeated when it turns out to have happened before its process went', async () => {
    const target: string[] = []
    const charge = (reaches: (signal: AbortSignal) => Promise<void>) =>
      kind('charge', async (job) => {
        const effect = async (signal: AbortSignal) => {
          target.push(job.id)
          await reaches(signal)
          return 'receipt'
        }
        const receipt = await job.step('charge', { amount: 3 }, effect, {
          reconcile: async () => (target.includes(job.id) ? { kind: 'done', value: 'receipt' } : { kind: 'not done' }),
        })
        await job.step('file', { receipt }, () => receipt)
      })
    const first = await process(charge((signal) => sleep(60_000, undefined, { signal })))
    const id = await first.start('charge', null)
    await expect.poll(() => target.length).toBe(1)
    await first.close()
    const second = await process(charge(async () => {}))
    const { timeline } = await become(second, id, 'succeeded')
    expect(target).toEqual([id])
    expect(timeline).toMatchObject([
      { key: 'charge', tries: 1, output: 'receipt' },
      { key: 'file', input: { receipt: 'receipt' } },
    ])
  })

  it('is asked after, too, when a try failed that may have happened all the same', async () => {
    const target: string[] = []
    const jobs = await process(
      kind('charge', async (job) => {
        const effect = (): string => {
          target.push('charged')
          throw new AppError('unreachable', 'The answer was lost.')
        }
        await job.step('charge', null, effect, {
          ...{ attempts: 2, backoffMs: 5 },
          reconcile: async () => (target.length > 0 ? { kind: 'done', value: 'receipt' } : { kind: 'not done' }),
        })
      }),
    )
    await become(jobs, await jobs.start('charge', null), 'succeeded')
    expect(target).toEqual(['charged'])
  })

  it('whose failure the job caught fails again in a replay, without being tried again', async () => {
    const did: string[] = []
    const jobs = await process(
      kind('caught', async (job) => {
        try {
          await job.step('first way', null, () => {
            did.push('first way')
            throw new AppError('refused', 'Not this way.')
          })
        } catch {
          await job.step('second way', null, () => void did.push('second way'))
        }
        await job.sleep('nap', 60)
        await job.step('end', null, () => void did.push('end'))
      }),
    )
    await become(jobs, await jobs.start('caught', null), 'succeeded')
    expect(did).toEqual(['first way', 'second way', 'end'])
  })

  it('shows its input and output without secrets, and cut', async () => {
    const jobs = await process(
      kind(
        'secret',
        async (job) => {
          const input = { name: 'db', password: 'hunter2', nested: [{ apiKey: 'k', url: 'https://me:pw@host/' }] }
          await job.step('open', input, () => ({ accessToken: 't', text: 'x'.repeat(5_000) }))
          await job.step('large', null, () => Array.from({ length: 20 }, () => 'y'.repeat(1_500)))
        },
        { describe: (input) => ({ given: input, token: 'never' }) },
      ),
    )
    const detail = await become(jobs, await jobs.start('secret', 'plain'), 'succeeded')
    expect(detail.input).toEqual({ given: 'plain', token: '[secret]' })
    expect(detail.timeline[0]?.input).toEqual({
      name: 'db',
      password: '[secret]',
      nested: [{ apiKey: '[secret]', url: 'https://[secret]@host/' }],
    })
    expect(detail.timeline[0]?.output).toEqual({ accessToken: '[secret]', text: `${'x'.repeat(2_000)}…` })
    expect(detail.timeline[1]?.output).toBe('[30061 characters of JSON, too much to show]')
    expect(JSON.stringify(detail)).not.toMatch(/hunter2|"k"|me:pw|"t"/)
  })

  it('fails the whole job when the job took too long, and no attempt is made again', async () => {
    let runs = 0
    const jobs = await process(
      kind(
        'long',
        async (job) => {
          runs++
          await job.sleep('nap', 60_000)
        },
        { attempts: 5, timeoutMs: 200 },
      ),
      kind('busy', async (job) => job.step('work', null, (signal) => sleep(60_000, undefined, { signal })), {
        ...{ attempts: 5, timeoutMs: 200 },
      }),
    )
    const late = { code: 'timeout', message: 'The job took longer than it may.' }
    const asleep = await jobs.start('long', null)
    await waitsFor(jobs, asleep, 'nap')
    expect((await become(jobs, asleep, 'failed')).error).toMatchObject(late)
    expect((await become(jobs, await jobs.start('busy', null), 'failed')).error).toMatchObject(late)
    expect(runs).toBe(1)
  })
})
