import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { AppError } from '#preload/contract/error.ts'
import { checkEach, checkShape, parseJson } from './json.ts'

const thrown = (work: () => unknown): AppError => {
  try {
    work()
  } catch (error) {
    if (error instanceof AppError) return error
  }
  throw new Error('It should have thrown an AppError.')
}

describe('malformed JSON', () => {
  it.each([
    ['{"a": bad}', 6],
    ['[1,2,oops]', 5],
    ['[1,]', 3],
    ['{"a":1,}', 7],
    ['nul!', 3],
    ['{"a":', 5],
    ['', 0],
    [`[${'1,'.repeat(300_000)}x]`, 600_001],
  ])('is told with its position', (text, offset) => {
    expect(thrown(() => parseJson('P', text))).toMatchObject({ code: 'unsupported', at: String(offset) })
  })

  it('is found wherever a character that begins nothing stands', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (text, seed) => {
        const outside = [...text].flatMap((_, index) =>
          JSON.stringify(text.slice(0, index)).includes('"') ? [index] : [],
        )
        const index = outside[seed % outside.length] ?? 0
        const broken = `${text.slice(0, index)}\u0001${text.slice(index)}`
        const { at } = thrown(() => parseJson('P', broken))
        return Number(at) <= index
      }),
    )
  })
})

describe('an unexpected shape', () => {
  const schema = z.object({ status: z.object({ config: z.object({ original: z.string() }) }) })

  it('names the path, what was expected and what was found, but not the value', () => {
    const error = thrown(() => checkShape('P', schema, { status: { config: { original: 42 } } }))
    expect(error).toMatchObject({ code: 'unsupported', at: 'status.config.original' })
    expect(error.message).toContain('status.config.original should be string, but is a number')
    expect(thrown(() => checkShape('P', schema, { status: {} })).message).toContain(
      'status.config should be object, but is missing',
    )
    expect(thrown(() => checkShape('P', schema, [])).message).toContain('the answer should be object, but is an array')
  })

  it('tolerates unknown fields', () => {
    expect(checkShape('P', z.object({ a: z.number() }), { a: 1, b: 2 })).toEqual({ a: 1 })
  })

  it('names the item of a long list', async () => {
    const items = Array.from({ length: 1_200 }, (_, index) => (index === 1_100 ? 'x' : index))
    await expect(checkEach('P', z.number(), items, { path: 'data' })).rejects.toMatchObject({ at: 'data.1100' })
  })

  it('lets the event loop turn while a long list is checked, and stops when cancelled', async () => {
    const controller = new AbortController()
    let turns = 0
    const spin = () => {
      turns++
      if (turns === 3) controller.abort()
      else setImmediate(spin)
    }
    setImmediate(spin)
    const items = Array.from({ length: 10_000 }, (_, index) => index)
    await expect(checkEach('P', z.number(), items, { signal: controller.signal })).rejects.toMatchObject({
      code: 'cancelled',
    })
    expect(turns).toBe(3)
  })
})
