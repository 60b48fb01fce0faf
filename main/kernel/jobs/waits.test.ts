import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { onBothDatabases } from '#e2e/app/peers/databases.ts'
import { AppError } from '#preload/contract/error.ts'
import { become, kind, until, useProcesses, waitsFor } from './jobs.trial.ts'
import type { Answer, Signalled } from './kind.ts'

const choices = [
  { value: 'go', label: 'Go on' },
  { value: 'stop', label: 'Stop' },
] as const

onBothDatabases('a job that waits', (open) => {
  const { process } = useProcesses(open)

  it('sleeps without its lease and goes on after its recorded steps', async () => {
    const did: string[] = []
    const jobs = await process(
      kind('nap', async (job) => {
        await job.step('before', null, () => void did.push('before'))
        await job.sleep('nap', 400)
        await job.step('after', null, () => void did.push('after'))
      }),
    )
    const id = await jobs.start('nap', null)
    const asleep = await waitsFor(jobs, id, 'nap')
    expect(did).toEqual(['before'])
    expect(asleep.waits).toMatchObject([{ key: 'nap', kind: 'timer', until: asleep.dueAt }])
    const { timeline } = await become(jobs, id, 'succeeded')
    expect(did).toEqual(['before', 'after'])
    const nap = timeline.find(({ key }) => key === 'nap')
    expect(Date.parse(nap?.endedAt ?? '') - Date.parse(nap?.beganAt ?? '')).toBeGreaterThanOrEqual(400)
  })

  it('goes on in another process when the first has gone, at the time the first recorded', async () => {
    const did: string[] = []
    const nap = (ms: number) =>
      kind('nap', async (job) => {
        await job.sleep('nap', ms)
        await job.step('after', null, () => void did.push(`slept ${ms}`))
      })
    const first = await process(nap(700))
    const id = await first.start('nap', null)
    await waitsFor(first, id, 'nap')
    await first.close()
    const second = await process(nap(3_600_000))
    await become(second, id, 'succeeded')
    expect(did).toEqual(['slept 3600000'])
  })

  it('takes signals in the order they were sent, each once, also those that came before it asked', async () => {
    const got: (Signalled | null)[] = []
    const jobs = await process(
      kind('listen', async (job) => {
        await job.signalled('begin', 'begin')
        for (const key of ['first', 'second', 'third']) got.push(await job.signalled(key, 'word'))
      }),
    )
    const id = await jobs.start('listen', null)
    await waitsFor(jobs, id, 'begin')
    for (const word of ['one', 'two', 'three']) await jobs.signal(id, 'word', { word })
    await jobs.signal(id, 'begin', null)
    const { signals } = await become(jobs, id, 'succeeded')
    expect(got.slice(-3).map((signal) => signal?.payload)).toEqual([
      { word: 'one' },
      { word: 'two' },
      { word: 'three' },
    ])
    expect(signals.map(({ takenBy }) => takenBy)).toEqual(['first', 'second', 'third', 'begin'])
    await expect(jobs.signal(id, 'word', null)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('loses no signal that is sent while it is about to wait', async () => {
    const heard: unknown[] = []
    const jobs = await process(
      kind('listen', async (job, count) => {
        for (let n = 0; n < Number(count); n++) heard[n] = (await job.signalled(`word ${n}`, 'word'))?.payload
      }),
    )
    const count = 25
    const id = await jobs.start('listen', count)
    for (let n = 0; n < count; n++) {
      await sleep(Math.random() * 12)
      await jobs.signal(id, 'word', n)
    }
    await become(jobs, id, 'succeeded')
    expect(heard).toEqual(Array.from({ length: count }, (_, n) => n))
  })

  it('waits no longer for a signal than it was told', async () => {
    const got: unknown[] = []
    const jobs = await process(
      kind('listen', async (job) => void got.push(await job.signalled('word', 'word', { timeoutMs: 150 }))),
    )
    const { timeline } = await become(jobs, await jobs.start('listen', null), 'succeeded')
    expect(got).toEqual([null])
    expect(timeline).toMatchObject([{ key: 'word', kind: 'signal', what: 'word', outcome: 'succeeded', output: null }])
  })

  it('answers a look for a signal the same in every replay', async () => {
    const looks: unknown[][] = []
    const jobs = await process(
      kind('look', async (job) => {
        const seen: unknown[] = []
        looks.push(seen)
        seen.push(await job.poll('early', 'pause'))
        await job.signalled('go', 'go')
        seen.push((await job.poll('late', 'pause'))?.payload)
        await job.sleep('nap', 50)
      }),
    )
    const id = await jobs.start('look', null)
    await waitsFor(jobs, id, 'go')
    await jobs.signal(id, 'pause', 'now')
    await until(async () => expect((await jobs.detail(id)).state).toBe('waiting'))
    await jobs.signal(id, 'go', null)
    await become(jobs, id, 'succeeded')
    expect(looks.at(-1)).toEqual([null, 'now'])
    expect(new Set(looks.map(([early]) => early))).toEqual(new Set([null]))
  })

  it('asks a person, who answers once and with one of the choices', async () => {
    let answer: Answer | null = null
    const jobs = await process(
      kind('ask', async (job) => {
        answer = await job.ask('approve', { title: 'Go on?', text: 'Half of it is out.', choices })
      }),
    )
    const id = await jobs.start('ask', null)
    const { tasks } = await waitsFor(jobs, id, 'approve')
    expect(tasks).toEqual([{ key: 'approve', title: 'Go on?', text: 'Half of it is out.', choices, until: null }])
    const given = { choice: 'go', comment: 'Looks fine.', by: 'Ana' }
    await expect(jobs.answer(id, 'approve', { ...given, choice: 'maybe' })).rejects.toMatchObject({ code: 'invalid' })
    await expect(jobs.answer(id, 'other', given)).rejects.toMatchObject({ code: 'not_found' })
    await jobs.answer(id, 'approve', given)
    await expect(jobs.answer(id, 'approve', { ...given, choice: 'stop' })).rejects.toMatchObject({ code: 'conflict' })
    await become(jobs, id, 'succeeded')
    expect(answer).toMatchObject(given)
  })

  it('goes on without a person who does not answer in time, and then takes no answer', async () => {
    const answers: unknown[] = []
    const jobs = await process(
      kind('ask', async (job) => {
        answers.push(await job.ask('approve', { title: 'Go on?', text: '', choices, timeoutMs: 150 }))
        await job.signalled('end', 'end')
      }),
    )
    const id = await jobs.start('ask', null)
    await waitsFor(jobs, id, 'end')
    expect(answers[0]).toBe(null)
    const late = { choice: 'go', comment: '', by: 'Ana' }
    await expect(jobs.answer(id, 'approve', late)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('starts a child once and waits for it, and knows it again after a replay', async () => {
    const did: unknown[] = []
    const jobs = await process(
      kind('child', async (job, input) => {
        await job.sleep('nap', 100)
        await job.step('work', input, () => void did.push(input))
      }),
      kind('parent', async (job) => {
        await Promise.all([job.child('a', 'child', 'a'), job.child('b', 'child', 'b')])
        await job.child('c', 'child', 'c')
      }),
    )
    const id = await jobs.start('parent', null)
    const { children, timeline } = await become(jobs, id, 'succeeded')
    expect(did.toSorted()).toEqual(['a', 'b', 'c'])
    expect(did.at(-1)).toBe('c')
    expect(children.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded'])
    expect(timeline.map(({ childId }) => childId)).toEqual(children.map((child) => child.id))
    expect((await jobs.detail(children[0]?.id ?? '')).parent).toMatchObject({ id })
  })

  it('fails as its child failed', async () => {
    const jobs = await process(
      kind('child', async () => {
        throw new AppError('refused', 'The registry said no.')
      }),
      kind('parent', async (job) => job.child('a', 'child', null)),
    )
    const { error } = await become(jobs, await jobs.start('parent', null), 'failed')
    expect(error).toMatchObject({ code: 'refused', message: 'The registry said no.' })
  })

  it('refuses to wait while a step is under way, and to begin a step while it waits', async () => {
    const did: string[] = []
    const jobs = await process(
      kind('busy', async (job) => {
        const step = job.step('long', null, (signal) => sleep(10_000, undefined, { signal }))
        await Promise.all([step, job.sleep('nap', 1_000)])
      }),
      kind('waiting', async (job) => {
        await Promise.all([job.signalled('word', 'word'), job.step('other', null, () => void did.push('other'))])
      }),
    )
    const busy = await become(jobs, await jobs.start('busy', null), 'failed')
    expect(busy.error?.message).toBe('The job cannot wait for nap while a step of it is under way.')
    const waiting = await become(jobs, await jobs.start('waiting', null), 'failed')
    expect(waiting.error?.message).toBe('The job cannot begin step other while it waits for something else.')
    expect(did).toEqual([])
  })

  it('keeps a log of its own, a line once however often it is replayed', async () => {
    const jobs = await process(
      kind('log', async (job) => {
        await job.step('a', null, () => 1)
        await job.log('info', 'One with password: https://me:hunter2@example.org/')
        await job.sleep('nap', 50)
        await job.log('warning', 'Two')
        await job.sleep('other nap', 50)
        await job.log('error', 'Three')
      }),
    )
    const { logs } = await become(jobs, await jobs.start('log', null), 'succeeded')
    expect(logs.map(({ level, text }) => [level, text])).toEqual([
      ['info', 'One with password: https://[secret]@example.org/'],
      ['warning', 'Two'],
      ['error', 'Three'],
    ])
    expect(await jobs.prune(new Date(Date.now() + 1_000).toISOString())).toBe(1)
  })
})
