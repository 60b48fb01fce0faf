import { describe, expect, it } from 'vitest'
import type { AuditEntry } from '#preload/security/audit.ts'
import { checkConsistency, checkInclusion, noteSays } from './check.ts'
import { leafHashOf } from './merkle.ts'

const bytesOf = (hex: string): readonly number[] => (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))
const node = async (left: string, right: string): Promise<string> => {
  const message = Uint8Array.from([1, ...bytesOf(left), ...bytesOf(right)])
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', message))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

const shown: AuditEntry = {
  sequence: 2,
  at: '2026-11-25T22:00:00.000Z',
  subject: 'a1',
  actor: 'Ada',
  via: 'desktop',
  source: null,
  session: null,
  operation: 'alerts.note',
  environments: [],
  targets: ['x'],
  before: null,
  after: { b: 1, a: 2 },
  outcome: 'succeeded',
  error: null,
  correlationId: 'c',
  policies: [],
  approval: null,
  leafHash: '',
  pruned: false,
}
const { actor, source, session, leafHash, pruned, ...content } = shown
const text = JSON.stringify({ ...content, after: { a: 2, b: 1 } })
const [first, second] = [await leafHashOf('{"sequence":1}'), await leafHashOf(text)]
const rootOfTwo = await node(first, second)
const checkpoint = (size: number, root: string) => ({
  size,
  root,
  at: '2026-11-25T22:00:00.000Z',
  key: 'log+1',
  note: `log\n${size}\n${btoa(String.fromCharCode(...bytesOf(root)))}\n\n— log AAAA\n`,
})
const proof = {
  sequence: 2,
  leafHash: second,
  leaf: text,
  path: [first],
  checkpoint: checkpoint(2, rootOfTwo),
}
const entry: AuditEntry = { ...shown, leafHash: proof.leafHash }

describe('checking an inclusion proof in the window', () => {
  it('holds when content, path and note agree', async () => {
    const { holds, lines } = await checkInclusion(proof, entry)
    expect(holds).toBe(true)
    expect(lines.map(({ kind }) => kind)).toEqual(['holds', 'holds', 'holds', 'holds'])
  })

  it('names what does not agree', async () => {
    const failing = async (changed: Partial<typeof proof>, as: AuditEntry = entry) => {
      const { holds, lines } = await checkInclusion({ ...proof, ...changed }, as)
      expect(holds).toBe(false)
      return lines.filter(({ kind }) => kind === 'fails').map(({ text }) => text)
    }
    expect(await failing({}, { ...entry, operation: 'alerts.assign', after: null })).toEqual([
      'What is shown above is not what the content says: operation, after.',
    ])
    expect(await failing({ leaf: 'no JSON' })).toContain('The content cannot be read.')
    expect(await failing({ leaf: `${text} ` })).toEqual([
      'The content does not hash to the leaf hash: it was changed after it was written.',
    ])
    expect(await failing({ path: [second] })).toEqual(['The path does not lead to the root of checkpoint 2.'])
    expect(await failing({ checkpoint: { ...proof.checkpoint, note: 'log\n3\nxx\n' } })).toEqual([
      'The signed note of checkpoint 2 says something else than its size and root.',
    ])
    expect(await failing({}, { ...entry, leafHash: first })).toEqual([
      'The proof is about another leaf hash than the one this entry shows.',
    ])
  })

  it('says that pruned content cannot be hashed, and holds without it', async () => {
    const { holds, lines } = await checkInclusion({ ...proof, leaf: null }, entry)
    expect([holds, lines[0]?.kind]).toEqual([true, 'not-checked'])
  })
})

describe('checking a consistency proof in the window', () => {
  it('holds for a prefix, and fails for another log', async () => {
    const between = { from: checkpoint(1, first), to: checkpoint(2, rootOfTwo), path: [second] }
    expect((await checkConsistency(between)).holds).toBe(true)
    expect((await checkConsistency({ ...between, from: checkpoint(1, second) })).holds).toBe(false)
  })
})

it('reads size and root from the note and nothing else', () => {
  expect(noteSays(checkpoint(2, rootOfTwo))).toBe(true)
  expect(noteSays({ ...checkpoint(2, rootOfTwo), size: 3 })).toBe(false)
  expect(noteSays({ ...checkpoint(2, rootOfTwo), note: '' })).toBe(false)
})
