import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isConsistent, leafHashOf, rootOfInclusion } from './merkle.ts'

/** RFC 6962 sections 2.1, 2.1.1 and 2.1.2, written down as the text has them: the other side of what is tested. */
const hash = (prefix: number, ...parts: readonly Buffer[]): Buffer =>
  createHash('sha256')
    .update(Buffer.concat([Buffer.of(prefix), ...parts]))
    .digest()
const split = (n: number): number => 2 ** (Math.ceil(Math.log2(n)) - 1)
const root = (leaves: readonly Buffer[]): Buffer => {
  const [only] = leaves
  if (leaves.length === 1 && only) return hash(0, only)
  const k = split(leaves.length)
  return hash(1, root(leaves.slice(0, k)), root(leaves.slice(k)))
}
const auditPath = (m: number, leaves: readonly Buffer[]): readonly Buffer[] => {
  if (leaves.length === 1) return []
  const k = split(leaves.length)
  return m < k
    ? [...auditPath(m, leaves.slice(0, k)), root(leaves.slice(k))]
    : [...auditPath(m - k, leaves.slice(k)), root(leaves.slice(0, k))]
}
const subproof = (m: number, leaves: readonly Buffer[], whole: boolean): readonly Buffer[] => {
  if (m === leaves.length) return whole ? [] : [root(leaves)]
  const k = split(leaves.length)
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), whole), root(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), root(leaves.slice(0, k))]
}

const leaves = (n: number): readonly Buffer[] => Array.from({ length: n }, (_, at) => Buffer.from(`entry ${at}`))
const hex = (bytes: Buffer): string => bytes.toString('hex')
const head = (n: number) => ({ size: n, root: hex(root(leaves(n))) })
const largest = 40

const inclusion = async (index: number, size: number) => ({
  leafHash: await leafHashOf(`entry ${index}`),
  index,
  size,
  path: auditPath(index, leaves(size)).map(hex),
})

describe('an inclusion proof', () => {
  it('leads every leaf of every tree to its root', async () => {
    for (let size = 1; size <= largest; size += 1)
      for (let index = 0; index < size; index += 1)
        expect(await rootOfInclusion(await inclusion(index, size)), `leaf ${index} of ${size}`).toBe(head(size).root)
  })

  it('leads nowhere, or to another root, once any of it is changed', async () => {
    for (let index = 0; index < 13; index += 1) {
      const proof = await inclusion(index, 13)
      const wrong = [
        { ...proof, leafHash: await leafHashOf('another') },
        { ...proof, index: (index + 1) % 13 },
        { ...proof, size: 40 },
        { ...proof, path: proof.path.slice(1) },
        { ...proof, path: [...proof.path, head(30).root] },
        { ...proof, path: proof.path.toReversed() },
        { ...proof, path: proof.path.map((step, at) => (at === 0 ? head(30).root : step)) },
      ]
      for (const [at, changed] of wrong.entries())
        expect(await rootOfInclusion(changed), `change ${at} of leaf ${index}`).not.toBe(head(13).root)
    }
  })

  it('is refused where it is no proof at all', async () => {
    const proof = await inclusion(3, 8)
    expect(await rootOfInclusion({ ...proof, index: 8 })).toBeNull()
    expect(await rootOfInclusion({ ...proof, index: -1 })).toBeNull()
    expect(await rootOfInclusion({ ...proof, path: ['no hash'] })).toBeNull()
  })

  it('hashes the vectors of certificate-transparency', async () => {
    expect(await leafHashOf('')).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d')
    const path = ['96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7']
    expect(await rootOfInclusion({ leafHash: await leafHashOf(''), index: 0, size: 2, path })).toBe(
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    )
  })
})

describe('a consistency proof', () => {
  const between = (from: number, to: number) => ({
    from: head(from),
    to: head(to),
    path: subproof(from, leaves(to), true).map(hex),
  })

  it('holds between any two trees of one log', async () => {
    for (let to = 1; to <= largest; to += 1)
      for (let from = 1; from <= to; from += 1)
        expect(await isConsistent(between(from, to)), `${from} in ${to}`).toBe(true)
  })

  it('does not hold when either root, the order or the path is another', async () => {
    for (let from = 1; from < 13; from += 1) {
      const proof = between(from, 13)
      const other = head(30).root
      expect(await isConsistent({ ...proof, from: { ...proof.from, root: other } })).toBe(false)
      expect(await isConsistent({ ...proof, to: { ...proof.to, root: other } })).toBe(false)
      expect(await isConsistent({ ...proof, from: proof.to, to: proof.from })).toBe(false)
      expect(await isConsistent({ ...proof, path: proof.path.slice(1) })).toBe(false)
      expect(await isConsistent({ ...proof, path: [...proof.path, other] })).toBe(false)
    }
    expect(await isConsistent({ from: head(4), to: { size: 4, root: head(5).root }, path: [] })).toBe(false)
  })
})
