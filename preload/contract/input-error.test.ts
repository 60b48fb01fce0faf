import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { createClient } from './caller.ts'
import { command, defineContract, nothing } from './define.ts'
import { AppError } from './error.ts'
import { inputError } from './input-error.ts'

const service = z.object({
  name: z.string().min(1).max(40),
  header: z.string().regex(/^[A-Za-z0-9-]{1,60}$/),
  memoryMegabytes: z.number().int().min(16).nullable(),
  strategy: z.object({ steps: z.array(z.object({ weight: z.number() })) }),
  kind: z.enum(['a', 'b']),
})
const good = { name: 'pay', header: 'X', memoryMegabytes: null, strategy: { steps: [{ weight: 5 }] }, kind: 'a' }
const told = (change: object): readonly string[] => {
  const { error } = service.safeParse({ ...good, ...change })
  if (error === undefined) return []
  return inputError(error).problems.map(({ label, message }) => `${label}: ${message}`)
}

describe('what is wrong with an input', () => {
  it.each([
    [{ name: 'x'.repeat(41) }, 'Name: At most 40 characters.'],
    [{ name: '' }, 'Name: Fill this in.'],
    [{ name: undefined }, 'Name: This is missing.'],
    [{ header: 'a b' }, 'Header: Use letters, digits and dashes, at most 60.'],
    [{ memoryMegabytes: 1 }, 'Memory limit, MB: At least 16.'],
    [{ memoryMegabytes: 16.5 }, 'Memory limit, MB: Give a whole number.'],
    [{ strategy: { steps: [{ weight: null }] } }, 'Strategy, step 1, percent: Give a number.'],
    [{ kind: 'c' }, 'Kind: Choose one of a, b.'],
  ])('is a sentence for a person: %j', (change, sentence) => {
    expect(told(change)).toEqual([sentence])
  })

  it('is told altogether, and survives the wire', () => {
    const { error } = service.safeParse({ ...good, name: '', kind: 'c' })
    const failure = AppError.fromShape(inputError(error ?? new z.ZodError([])).toShape())
    expect(failure).toMatchObject({ code: 'invalid', at: 'name', hint: undefined })
    expect(failure.message).toBe('Name: Fill this in. Kind: Choose one of a, b.')
    expect(failure.problems.map(({ at }) => at)).toEqual(['name', 'kind'])
  })

  it('says what a schema itself says, where it says something', () => {
    const { error } = z.object({ name: z.string().min(1, 'Name the view.') }).safeParse({ name: '' })
    expect(error && inputError(error).message).toBe('Name: Name the view.')
  })
})

describe('a number that is none', () => {
  const contract = defineContract({
    ...{ area: 'test', capability: 'services', summary: '' },
    operations: { save: command({ summary: '', input: service, output: nothing }) },
  })

  it('is refused before it is sent: on the way it would become "no limit"', async () => {
    const call = vi.fn(async () => ({}))
    const client = createClient(contract, { call, open: vi.fn() })
    const input = { ...good, kind: 'a' as const }
    await expect(client.save({ ...input, memoryMegabytes: Number('abc') })).rejects.toMatchObject({
      ...{ code: 'invalid', at: 'memoryMegabytes', message: 'Memory limit, MB: Give a number.' },
    })
    expect(call).not.toHaveBeenCalled()
    await client.save(input)
    expect(call).toHaveBeenCalledOnce()
  })
})
