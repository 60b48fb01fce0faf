import { describe, expect, it } from 'vitest'
import { isConsistent, leafHashOf, rootOfInclusion } from './merkle.ts'

/** RFC 6962 sections 2.1, 2.1.1 and 2.1.2, written down as the text has them: the other side of what is tested. */
const hash = async (prefix: number, ...hexes: readonly string[]): Promise<string> => {
  const bytes = [prefix, ...(hexes.join('').match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))]
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes)))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
const hexOfText = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, '0')).join('')
const split = (n: number): number => 2 ** (Math.ceil(Math.log2(n)) - 1)

const known = new Map<string, Promise<string>>()
/** The root over leaves `from` (inclusive) to `to` (exclusive). */
const root = (from: number, to: number): Promise<string> => {
  const key = `${from} ${to}`
  const made = known.get(key) ?? rootAnew(from, to)
  known.set(key, made)
  return made
}
const rootAnew = async (from: number, to: number): Promise<string> => {
  if (to - from === 1) return hash(0, hexOfText(`entry ${from}`))
  const middle = from + split(to - from)
  return hash(1, await root(from, middle), await root(middle, to))
}
const auditPath = async (m: number, from: number, to: number): Promise<readonly string[]> => {
  if (to - from === 1) return []
  const middle = from + split(to - from)
  return m < middle
    ? [...(await auditPath(m, from, middle)), await root(middle, to)]
    : [...(await auditPath(m, middle, to)), await root(from, middle)]
}
const subproof = async (m: number, from: number, to: number, whole: boolean): Promise<readonly string[]> => {
  if (m === to) return whole ? [] : [await root(from, to)]
  const middle = from + split(to - from)
  return m <= middle
    ? [...(await subproof(m, from, middle, whole)), await root(middle, to)]
    : [...(await subproof(m, middle, to, false)), await root(from, middle)]
}

const head = async (n: number) => ({ size: n, root: await root(0, n) })
const largest = 40

const inclusion = async (index: number, size: number) => ({
  leafHash: await leafHashOf(`entry ${index}`),
  index,
  size,
  path: await auditPath(index, 0, size),
})

describe('an inclusion proof', () => {
  it('leads every leaf of every tree to its root', async () => {
    for (let size = 1; size <= largest; size += 1)
      for (let index = 0; index < size; index += 1)
        expect(await rootOfInclusion(await inclusion(index, size)), `leaf ${index} of ${size}`).toBe(
          await root(0, size),
        )
  })

  it('leads nowhere, or to another root, once any of it is changed', async () => {
    const other = await root(0, 30)
    for (let index = 0; index < 13; index += 1) {
      const proof = await inclusion(index, 13)
      const wrong = [
        { ...proof, leafHash: await leafHashOf('another') },
        { ...proof, index: (index + 1) % 13 },
        { ...proof, size: 40 },
        { ...proof, path: proof.path.slice(1) },
        { ...proof, path: [...proof.path, other] },
        { ...proof, path: proof.path.toReversed() },
        { ...proof, path: proof.path.map((step, at) => (at === 0 ? other : step)) },
      ]
      for (const [at, changed] of wrong.entries())
        expect(await rootOfInclusion(changed), `change ${at} of leaf ${index}`).not.toBe(await root(0, 13))
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
  const between = async (from: number, to: number) => ({
    from: await head(from),
    to: await head(to),
    path: await subproof(from, 0, to, true),
  })

  it('holds between any two trees of one log', async () => {
    for (let to = 1; to <= largest; to += 1)
      for (let from = 1; from <= to; from += 1)
        expect(await isConsistent(await between(from, to)), `${from} in ${to}`).toBe(true)
  })

  it('does not hold when either root, the order or the path is another', async () => {
    for (let from = 1; from < 13; from += 1) {
      const proof = await between(from, 13)
      const other = await root(0, 30)
      expect(await isConsistent({ ...proof, from: { ...proof.from, root: other } })).toBe(false)
      expect(await isConsistent({ ...proof, to: { ...proof.to, root: other } })).toBe(false)
      expect(await isConsistent({ ...proof, from: proof.to, to: proof.from })).toBe(false)
      expect(await isConsistent({ ...proof, path: proof.path.slice(1) })).toBe(false)
      expect(await isConsistent({ ...proof, path: [...proof.path, other] })).toBe(false)
    }
    expect(await isConsistent({ from: await head(4), to: { size: 4, root: await root(0, 5) }, path: [] })).toBe(false)
  })
})
