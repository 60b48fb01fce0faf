import { beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '#preload/contract/error.ts'
import { setDoorKeeper, throughDoor } from './door.ts'

const refusals: AppError[] = []
const made: string[] = []
const through = throughDoor({
  async call(operation) {
    made.push(operation)
    const refusal = refusals.shift()
    if (refusal) throw refusal
    return 'done'
  },
  async *open(operation) {
    made.push(operation)
    const refusal = refusals.shift()
    if (refusal) throw refusal
    yield 1
  },
})
const keeper = { prove: vi.fn(async () => true), requestApproval: vi.fn(), signedOut: vi.fn() }

beforeEach(() => {
  refusals.length = 0
  made.length = 0
  vi.clearAllMocks()
  keeper.prove.mockResolvedValue(true)
  setDoorKeeper(keeper)
})

const refuse = (code: 'step_up' | 'approval_required' | 'unauthenticated' | 'forbidden'): AppError =>
  new AppError(code, 'No.')

describe('a call through the door', () => {
  it('is made once more after a proof, and no more than that', async () => {
    refusals.push(refuse('step_up'))
    expect(await through.call('a.b', { x: 1 })).toBe('done')
    expect(made).toEqual(['a.b', 'a.b'])
    refusals.push(refuse('step_up'), refuse('step_up'))
    await expect(through.call('a.b', {})).rejects.toMatchObject({ code: 'step_up' })
  })

  it('fails as it was refused when the person turns away', async () => {
    keeper.prove.mockResolvedValue(false)
    refusals.push(refuse('step_up'))
    await expect(through.call('a.b', {})).rejects.toMatchObject({ code: 'step_up' })
    expect(made).toHaveLength(1)
  })

  it('offers to ask for approval, with what was asked, and still fails', async () => {
    refusals.push(refuse('approval_required'))
    await expect(through.call('a.b', { x: 1 })).rejects.toMatchObject({ code: 'approval_required' })
    expect(keeper.requestApproval).toHaveBeenCalledWith(expect.objectContaining({ operation: 'a.b', input: { x: 1 } }))
  })

  it('tells that the session is over, and repeats nothing that is plainly forbidden', async () => {
    refusals.push(refuse('unauthenticated'), refuse('forbidden'))
    await expect(through.call('a.b', {})).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(keeper.signedOut).toHaveBeenCalledOnce()
    await expect(through.call('a.b', {})).rejects.toMatchObject({ code: 'forbidden' })
    expect(made).toHaveLength(2)
  })
})

describe('a stream through the door', () => {
  it('begins again after a proof', async () => {
    refusals.push(refuse('step_up'))
    const items: unknown[] = []
    for await (const item of through.open('a.s', {})) items.push(item)
    expect([items, made]).toEqual([[1], ['a.s', 'a.s']])
  })
})
