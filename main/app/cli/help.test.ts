import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { contracts } from '#preload/app/contracts.ts'
import type { Contract, Operation } from '#preload/contract/define.ts'
import { help } from './help.ts'

const all: readonly Contract[] = Object.values(contracts)
const operations = all.flatMap((contract) =>
  Object.entries(contract.operations).map(([name, operation]): [string, Operation] => [
    `${contract.capability}.${name}`,
    operation,
  ]),
)

describe('the help', () => {
  it('names every capability with its summary, the options and the exit codes', () => {
    const text = help(contracts, null)
    for (const { capability, summary } of all) expect(text).toMatch(new RegExp(`\\n {2}${capability} +${summary}`))
    for (const word of ['--json', '--data', '--read-only', '2 bad input', '3 forbidden', '4 unreachable'])
      expect(text).toContain(word)
  })

  it.each(all.map((contract): [string, Contract] => [contract.capability, contract]))(
    'of %s names every operation, what it is and what it does',
    (name, contract) => {
      const text = help(contracts, name)
      expect(text.split('\n')[0]).toBe(`${name} (${contract.area}): ${contract.summary}`)
      for (const [key, { kind, summary }] of Object.entries(contract.operations))
        expect(text).toMatch(
          new RegExp(`  ${name}\\.${key} +${kind} +${summary.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`),
        )
    },
  )

  it.each(operations)('of %s shows every field of its schemas, each with a type', (name, operation) => {
    const text = help(contracts, name)
    const [input = '', output = ''] = text.split(operation.kind === 'stream' ? '\nEach item\n' : '\nOutput\n')
    expect(text).toContain(operation.summary)
    if (operation.input instanceof z.ZodObject)
      for (const key of Object.keys(operation.input.shape)) expect(input).toMatch(new RegExp(`\\n  ${key}\\??: \\S`))
    if (operation.output instanceof z.ZodObject)
      for (const key of Object.keys(operation.output.shape))
        expect(output).toMatch(new RegExp(`(^|\\n)  ${key}\\??: \\S`))
    expect(text.replace('  a list of:', '')).not.toMatch(/undefined|\[object|: *$/m)
  })

  it('shows what is optional, what is the default and what is a choice', () => {
    const text = help(contracts, 'alerts.list')
    expect(text).toContain('limit?: integer, default 200')
    expect(text).toMatch(/states\?: list of "firing" \| "pending"/)
    expect(help(contracts, 'silences.create')).toContain('endsAt: instant (ISO 8601, UTC)')
    expect(help(contracts, 'metrics.rules')).toContain('error: string | null')
    expect(help(contracts, 'connections.create')).toContain('{ kind: "basic", username: string, password?: string }')
    expect(help(contracts, 'access.me')).toContain('Input\n  nothing')
    expect(help(contracts, 'audit.list')).toMatch(/outcome\?: "succeeded"/)
  })

  it('says what there is when asked for what there is not', () => {
    expect(() => help(contracts, 'nothing')).toThrow(
      expect.objectContaining({ code: 'invalid', hint: expect.stringContaining('alerts') }),
    )
    expect(() => help(contracts, 'alerts.nothing')).toThrow(
      expect.objectContaining({ code: 'invalid', hint: 'Run: framework0 help alerts' }),
    )
  })
})
