import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyRoot, growingTree, leafHash, nodeHash, type TreeNode } from './merkle.ts'
import {
  consistencyPath,
  inclusionPath,
  isConsistent,
  peakHashes,
  type ReadNodes,
  rootFromInclusion,
  rootOf,
} from './proof.ts'

/** MTH straight from the definition in RFC 6962 section 2.1. */
function reference(leaves: readonly string[]): string {
  if (leaves.length === 0) return emptyRoot
  if (leaves.length === 1) return leaves[0] ?? ''
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return nodeHash(reference(leaves.slice(0, k)), reference(leaves.slice(k)))
}

/** What a log stores of these leaves. */
function stored(leaves: readonly string[]): ReadNodes {
  const nodes = new Map<string, string>()
  const tree = growingTree()
  for (const leaf of leaves)
    tree.append(leaf, ({ level, index, hash }: TreeNode) => nodes.set(`${level}/${index}`, hash))
  return async (level, index, count) =>
    level === 0
      ? leaves.slice(index, index + count)
      : Array.from({ length: count }, (_, at) => nodes.get(`${level}/${index + at}`) ?? '').filter(Boolean)
}

const leavesOf = (count: number): string[] => Array.from({ length: count }, (_, n) => leafHash(`entry ${n}`))

/** The reference tree of Certificate Transparency: its leaves are these bytes, its roots and paths are published with it. */
const inputs = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
] as const
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
] as const
const inclusions: readonly (readonly [leaf: number, size: number, path: readonly string[]])[] = [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [3, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [
    2,
    5,
    [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
]
const consistencies: readonly (readonly [from: number, to: number, path: readonly string[]])[] = [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [
    2,
    5,
    [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
]

describe('the vectors of the Certificate Transparency reference tree', () => {
  const leaves = inputs.map((hex) =>
    createHash('sha256')
      .update(Buffer.concat([Buffer.of(0), Buffer.from(hex, 'hex')]))
      .digest('hex'),
  )
  it('give its roots', async () => {
    expect(emptyRoot).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    const tree = growingTree()
    for (const [at, leaf] of leaves.entries()) {
      tree.append(leaf)
      expect(tree.root()).toBe(roots[at])
      expect(await rootOf(stored(leaves), at + 1)).toBe(roots[at])
    }
  })
  it.each(inclusions)('give the audit path of leaf %i in %i', async (leaf, size, path) => {
    expect(await inclusionPath(stored(leaves), leaf - 1, size)).toEqual(path)
    expect(rootFromInclusion(leaves[leaf - 1] ?? '', leaf - 1, size, path)).toBe(roots[size - 1])
  })
  it.each(consistencies)('give the consistency proof from %i to %i', async (from, to, path) => {
    expect(await consistencyPath(stored(leaves), from, to)).toEqual(path)
    const head = (size: number) => ({ size, root: roots[size - 1] ?? '' })
    expect(isConsistent(head(from), head(to), path)).toBe(true)
  })
})

const sizes = fc
  .integer({ min: 1, max: 700 })
  .chain((to) => fc.tuple(fc.constant(to), fc.integer({ min: 1, max: to }), fc.nat(1_000)))

describe('any tree', () => {
  const leaves = leavesOf(700)
  const nodes = stored(leaves)
  const root = (size: number): string => reference(leaves.slice(0, size))

  it('has the root that the definition gives, and goes on growing from what is stored', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ([to, from]) => {
        const tree = growingTree(from, await peakHashes(nodes, from))
        for (const leaf of leaves.slice(from, to)) tree.append(leaf)
        expect([tree.size(), tree.root()]).toEqual([to, root(to)])
      }),
      { numRuns: 50 },
    )
  })

  it('proves each of its leaves, and no other leaf at that place', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ([size, other, at]) => {
        const index = at % size
        const path = await inclusionPath(nodes, index, size)
        expect(rootFromInclusion(leaves[index] ?? '', index, size, path)).toBe(root(size))
        expect(rootFromInclusion(leafHash('another'), index, size, path)).not.toBe(root(size))
        expect(rootFromInclusion(leaves[index] ?? '', index, size, [...path, root(other)])).toBeNull()
      }),
      { numRuns: 100 },
    )
  })

  it('is proven to be the beginning of every larger one, and of no tree with another past', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ([to, from, at]) => {
        const path = await consistencyPath(nodes, from, to)
        const [older, newer] = [
          { size: from, root: root(from) },
          { size: to, root: root(to) },
        ]
        expect(isConsistent(older, newer, path)).toBe(true)
        expect(isConsistent({ size: from, root: leafHash('another past') }, newer, path)).toBe(false)
        if (path.length > 0) {
          const bent = path.map((hash, n) => (n === at % path.length ? leafHash('bent') : hash))
          expect(isConsistent(older, newer, bent)).toBe(false)
        }
      }),
      { numRuns: 100 },
    )
  })
})
