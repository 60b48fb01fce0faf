import fc from 'fast-check'
import { expect, it } from 'vitest'
import { canonical, canonicalOfAny } from './canonical.ts'
import { leafOf, parseLeaf, sequenceIn } from './entry.ts'

const texts = fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 })
const entries = fc.record({
  operation: fc.string({ unit: 'grapheme' }),
  environments: texts,
  targets: texts,
  policies: texts,
  approval: fc.option(fc.string()),
  correlationId: fc.string(),
  via: fc.string(),
  before: fc.jsonValue(),
  after: fc.jsonValue(),
  sequence: fc.integer({ min: 1 }),
})

it('writes any entry as RFC 8785 writes it, and finds its sequence without parsing', () => {
  fc.assert(
    fc.property(entries, ({ sequence, before, after, ...said }) => {
      const draft = {
        ...said,
        at: '2026-01-01T00:00:00.000Z',
        subject: 'b0b0',
        sealed: 'AA==',
        outcome: 'succeeded' as const,
        error: { code: 'internal' as const, message: '","sequence":7,"', retryable: false },
      }
      const leaf = leafOf({ ...draft, before: canonicalOfAny(before), after: canonicalOfAny(after) }, sequence)
      expect(leaf).toBe(canonicalOfAny({ ...draft, before, after, v: 2, sequence }))
      expect(canonical(parseLeaf(leaf))).toBe(leaf)
      expect(sequenceIn(leaf)).toBe(sequence)
    }),
  )
})
