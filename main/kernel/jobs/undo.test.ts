import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { onBothDatabases } from '#e2e/app/peers/databases.ts'
import { AppError } from '#preload/contract/error.ts'
import { become, kind, until, useProcesses, waitsFor } from './jobs.trial.ts'
import type { JobContext } from './kind.ts'

const failing = (): never => {
  throw new AppError('refused', 'No.')
}

onBothDatabases('a job that is undone', (open, dialect) => {
  const { process } = useProcesses(open)
  const did: string[] = []

  /** A step that leaves its mark, and takes it back. */
  const mark = (job: JobContext, key: string): Promise<string> =>
    job.step(
      key,
      null,
      () => {
        did.push(key)
        return `value of ${key}`
      },
      { compensate: async (value) => void did.push(`undid ${value}`) },
    )
  const undone = ['undid value of b', 'undid value of a']

  it('undoes its steps in reverse when it fails for good, and not before', async () => {
    did.length = 0
    const jobs = await process(
      kind(
        'fails',
        async (job) => {
          await mark(job, 'a')
          await mark(job, 'b')
          await job.step('c', null, failing)
        },
        { attempts: 2 },
      ),
    )
    const id = await jobs.start('fails', null)
    await until(async () => expect((await jobs.detail(id)).error?.code).toBe('refused'))
    expect(did).toEqual(['a', 'b'])
    const { timeline, error } = await become(jobs, id, 'failed')
    expect(did).toEqual(['a', 'b', ...undone])
    expect(error).toMatchObject({ code: 'refused', message: 'No.' })
    expect(timeline.map(({ key, undo }) => [key, undo?.outcome])).toEqual([
      ['a', 'succeeded'],
      ['b', 'succeeded'],
      ['c', undefined],
    ])
  })

  it('is cancelled while it runs, which aborts the step under way', async () => {
    did.length = 0
    const jobs = await process(
      kind('runs', async (job) => {
        await mark(job, 'a')
        await mark(job, 'b')
        await job.step('long', null, (signal) => sleep(60_000, undefined, { signal }))
      }),
    )
    const id = await jobs.start('runs', null)
    await until(async () => expect((await jobs.detail(id)).timeline.at(-1)?.key).toBe('long'))
    await jobs.cancel(id, 'Ana')
    const { cancelledBy, error, timeline } = await become(jobs, id, 'cancelled')
    expect(did).toEqual(['a', 'b', ...undone])
    expect({ cancelledBy, error }).toEqual({ cancelledBy: 'Ana', error: null })
    expect(timeline.at(-1)).toMatchObject({ key: 'long', outcome: 'started', endedAt: null })
    await expect(jobs.cancel(id)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('is cancelled while it waits, and does nothing new', async () => {
    did.length = 0
    const jobs = await process(
      kind('waits', async (job) => {
        await mark(job, 'a')
        await job.signalled('word', 'word')
        await mark(job, 'b')
      }),
    )
    const id = await jobs.start('waits', null)
    await waitsFor(jobs, id, 'word')
    await jobs.cancel(id)
    await become(jobs, id, 'cancelled')
    expect(did).toEqual(['a', 'undid value of a'])
  })

  it('cancels its children first', async () => {
    did.length = 0
    const jobs = await process(
      kind('child', async (job) => {
        await mark(job, 'b')
        await job.signalled('word', 'word')
      }),
      kind('parent', async (job) => {
        await mark(job, 'a')
        await job.child('child', 'child', null)
      }),
    )
    const id = await jobs.start('parent', null)
    const { waits } = await waitsFor(jobs, id, 'child')
    expect(waits).toMatchObject([{ kind: 'child', what: 'child' }])
    const [child] = (await jobs.detail(id)).children
    await waitsFor(jobs, child?.id ?? '', 'word')
    await jobs.cancel(id, 'Ana')
    const { children } = await become(jobs, id, 'cancelled')
    expect(children).toMatchObject([{ state: 'cancelled' }])
    expect(did).toEqual(['a', 'b', ...undone])
  })

  it('goes on undoing in another process, each step once, when the first closes meanwhile', async () => {
    did.length = 0
    let hang = true
    const definition = kind('handed', async (job) => {
      await mark(job, 'a')
      await job.step('b', null, () => 1, {
        compensate: async (_, signal) => {
          if (hang) await sleep(60_000, undefined, { signal })
          did.push('undid value of b')
        },
      })
      failing()
    })
    const first = await process(definition)
    const id = await first.start('handed', null)
    await until(async () => expect((await first.detail(id)).timeline.at(-1)?.undo?.outcome).toBe('started'))
    await first.close()
    hang = false
    const second = await process(definition)
    expect((await become(second, id, 'failed')).error?.code).toBe('refused')
    expect(did).toEqual(['a', ...undone])
  })

  it('says what it could not undo, and undoes the rest', async () => {
    did.length = 0
    const jobs = await process(
      kind('stuck', async (job) => {
        await mark(job, 'a')
        await job.step('b', null, () => 1, {
          compensate: async () => {
            throw new AppError('conflict', 'Somebody else changed it.')
          },
        })
        failing()
      }),
    )
    const { error, logs, timeline } = await become(jobs, await jobs.start('stuck', null), 'failed')
    expect(did).toEqual(['a', 'undid value of a'])
    expect(error?.message).toBe('No. Step b could not be undone: Somebody else changed it.')
    expect(logs).toMatchObject([{ level: 'error', text: 'Step b could not be undone: Somebody else changed it.' }])
    expect(timeline[1]?.undo).toMatchObject({ outcome: 'failed', error: { code: 'conflict' } })
  })

  it('undoes a step whose end nobody recorded, when it turns out to have happened', async () => {
    did.length = 0
    const jobs = await process(
      kind('cut off', async (job) => {
        const effect = async (signal: AbortSignal) => {
          did.push('b')
          await sleep(60_000, undefined, { signal })
          return 'value of b'
        }
        await job.step('b', null, effect, {
          reconcile: async () => (did.includes('b') ? { kind: 'done', value: 'value of b' } : { kind: 'not done' }),
          compensate: async (value) => void did.push(`undid ${value}`),
        })
      }),
    )
    const id = await jobs.start('cut off', null)
    await until(() => expect(did).toEqual(['b']))
    await jobs.cancel(id)
    await become(jobs, id, 'cancelled')
    expect(did).toEqual(['b', 'undid value of b'])
  })

  it('is begun again at a step, and does again what was undone before it', async () => {
    did.length = 0
    let works = false
    const jobs = await process(
      kind('retried', async (job) => {
        await job.step('start', null, () => void did.push('start'))
        await mark(job, 'a')
        await job.step('b', null, () => (works ? did.push('b') : failing()))
      }),
    )
    const id = await jobs.start('retried', null)
    await become(jobs, id, 'failed')
    expect(did).toEqual(['start', 'a', 'undid value of a'])
    works = true
    await expect(jobs.retryFrom(id, 'none')).rejects.toMatchObject({ code: 'not_found' })
    await jobs.retryFrom(id, 'b')
    await become(jobs, id, 'succeeded')
    expect(did).toEqual(['start', 'a', 'undid value of a', 'a', 'b'])
  })

  it('is not begun again at a step while it is under way', async () => {
    const jobs = await process(
      kind('waits', async (job) => {
        await mark(job, 'a')
        await job.signalled('word', 'word')
      }),
    )
    const id = await jobs.start('waits', null)
    const { retryRefusal, cancelRefusal } = await waitsFor(jobs, id, 'word')
    expect({ retryRefusal, cancelRefusal }).toEqual({
      retryRefusal: 'It is under way and waits; cancel it first.',
      cancelRefusal: null,
    })
    await expect(jobs.retryFrom(id, 'a')).rejects.toMatchObject({ code: 'conflict' })
    expect(await jobs.runNow(id)).toBe(false)
  })

  it('goes on by the code that began it, and stops where that is gone, for a person to decide', async () => {
    did.length = 0
    const old = async (job: JobContext): Promise<void> => {
      await mark(job, 'a')
      await job.signalled('word', 'word')
      await job.step('old way', null, () => void did.push('old way'))
    }
    const first = await process(kind('code', old))
    const ids = [await first.start('code', null), await first.start('code', null), await first.start('code', null)]
    for (const id of ids) await waitsFor(first, id, 'word')
    await first.close()
    const run = async (job: JobContext) => void (await job.step('new way', null, () => did.push('new way')))

    const second = await process(kind('code', run, { version: 2, earlier: { 1: old } }))
    await second.signal(ids[0] ?? '', 'word', null)
    await become(second, ids[0] ?? '', 'succeeded')
    expect(did.at(-1)).toBe('old way')
    await second.close()

    const third = await process(kind('code', run, { version: 2 }))
    for (const id of ids.slice(1)) {
      await third.signal(id, 'word', null)
      const { error, cancelRefusal, retryRefusal } = await become(third, id, 'failed')
      expect(error).toMatchObject({
        code: 'unsupported',
        message: 'It was begun by version 1 of its code, which this application no longer has.',
      })
      expect({ cancelRefusal, retryRefusal }).toEqual({ cancelRefusal: null, retryRefusal: null })
    }
    await expect(third.retryFrom(ids[1] ?? '', 'word')).rejects.toMatchObject({ code: 'conflict' })
    await third.retryFrom(ids[1] ?? '', 'a')
    expect((await become(third, ids[1] ?? '', 'succeeded')).version).toBe(2)
    expect(did.at(-1)).toBe('new way')
    await third.cancel(ids[2] ?? '', 'Ana')
    await become(third, ids[2] ?? '', 'cancelled')
    expect(did.filter((text) => text.startsWith('undid'))).toEqual([])
  })

  it('is planned again when a run of it is cancelled, and is not cancelled while it is only planned', async () => {
    const jobs = await process(
      kind('yearly', async (job) => void (await job.signalled('word', 'word')), { schedule: '0 0 1 1 *' }),
    )
    const id = (await jobs.list())[0]?.id ?? ''
    await expect(jobs.cancel(id)).rejects.toMatchObject({ code: 'conflict' })
    await jobs.runNow(id)
    await waitsFor(jobs, id, 'word')
    await jobs.cancel(id)
    await until(async () => expect((await jobs.detail(id)).waits).toEqual([]))
    await until(async () => expect((await jobs.detail(id)).cancelRefusal).toMatch(/waits for its time/))
    expect((await jobs.detail(id)).dueAt).toMatch(/-01-01T|-12-31T/)
  })

  if (dialect === 'postgres')
    it('is cancelled by another process than the one that runs it', async () => {
      did.length = 0
      const definition = kind('elsewhere', async (job) => {
        await mark(job, 'a')
        await job.step('long', null, (signal) => sleep(60_000, undefined, { signal }))
      })
      const first = await process(definition)
      const second = await process(definition)
      const id = await first.start('elsewhere', null)
      await until(async () => expect((await second.detail(id)).timeline.at(-1)?.key).toBe('long'))
      await second.cancel(id, 'Ana')
      await become(second, id, 'cancelled')
      expect(did).toEqual(['a', 'undid value of a'])
    })
})
