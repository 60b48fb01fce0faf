import { foldRoots, nodeHash, peaks, tileHeight } from './merkle.ts'

/**
 * What is stored of the tree: the hashes of `count` subtrees of one height, beginning at `index`. Level 0 are the entries
 * themselves; the other levels are multiples of `tileHeight`. Only whole subtrees may be asked for.
 */
export type ReadNodes = (level: number, index: number, count: number) => Promise<readonly string[]>

/** The hashes of whole subtrees of any height, each tile read once. */
function subtrees(read: ReadNodes): (level: number, index: number) => Promise<string> {
  const known = new Map<string, string>()
  const find = async (level: number, index: number): Promise<string> => {
    const key = `${level}/${index}`
    const found = known.get(key)
    if (found !== undefined) return found
    const below = level - (level % tileHeight)
    const width = 2 ** (level - below)
    const hashes = await read(below, index * width, width)
    if (hashes.length !== width) throw new Error(`The tree has a hole at level ${below}, index ${index * width}.`)
    return remember(known, below, index * width, hashes)
  }
  return find
}

/** Joins a row of hashes up to one, remembering what comes between. */
function remember(known: Map<string, string>, level: number, index: number, hashes: readonly string[]): string {
  hashes.forEach((hash, at) => {
    known.set(`${level}/${index + at}`, hash)
  })
  if (hashes.length === 1) return hashes[0] ?? ''
  const above = Array.from({ length: hashes.length / 2 }, (_, at) =>
    nodeHash(hashes[2 * at] ?? '', hashes[2 * at + 1] ?? ''),
  )
  return remember(known, level + 1, index / 2, above)
}

type Find = ReturnType<typeof subtrees>

/** MTH(D[start:end]) where `start` begins a whole subtree at least as wide as the range (RFC 6962 section 2.1). */
async function rangeRoot(find: Find, start: number, end: number): Promise<string> {
  const roots: string[] = []
  for (const { level, index } of peaks(end - start)) roots.push(await find(level, start / 2 ** level + index))
  return foldRoots(roots)
}

/** The largest power of two smaller than n. */
const split = (n: number): number => 2 ** Math.floor(Math.log2(n - 1))

/** The root of the first `size` entries. */
export const rootOf = (read: ReadNodes, size: number): Promise<string> => rangeRoot(subtrees(read), 0, size)

/** The hashes of `peaks(size)`, to go on growing a tree from. */
export async function peakHashes(read: ReadNodes, size: number): Promise<readonly string[]> {
  const find = subtrees(read)
  const hashes: string[] = []
  for (const { level, index } of size === 0 ? [] : peaks(size)) hashes.push(await find(level, index))
  return hashes
}

/** Merkle audit path PATH(m, D[n]) of RFC 6962 section 2.1.1, nearest sibling first. @param index counted from 0. */
export async function inclusionPath(read: ReadNodes, index: number, size: number): Promise<readonly string[]> {
  if (index < 0 || index >= size) throw new RangeError(`There is no entry ${index} among ${size}.`)
  const find = subtrees(read)
  const path: string[] = []
  let [start, end] = [0, size]
  while (end - start > 1) {
    const middle = start + split(end - start)
    if (index < middle) {
      path.push(await rangeRoot(find, middle, end))
      end = middle
    } else {
      path.push(await rangeRoot(find, start, middle))
      start = middle
    }
  }
  return path.reverse()
}

/** Consistency proof PROOF(m, D[n]) of RFC 6962 section 2.1.2. */
export async function consistencyPath(read: ReadNodes, from: number, to: number): Promise<readonly string[]> {
  if (from < 1 || from > to) throw new RangeError(`No proof leads from ${from} to ${to} entries.`)
  const find = subtrees(read)
  const path: string[] = []
  let [start, end] = [0, to]
  let whole = true // the smaller tree's own root is what both sides know already
  while (from !== end) {
    const middle = start + split(end - start)
    if (from <= middle) {
      path.push(await rangeRoot(find, middle, end))
      end = middle
    } else {
      path.push(await rangeRoot(find, start, middle))
      start = middle
      whole = false
    }
  }
  if (!whole) path.push(await rangeRoot(find, start, end))
  return path.reverse()
}

/** The root that an audit path leads to (RFC 9162 section 2.1.3.2), or null when its length is wrong. */
export function rootFromInclusion(leaf: string, index: number, size: number, path: readonly string[]): string | null {
  if (index < 0 || index >= size) return null
  let [node, last, hash] = [index, size - 1, leaf]
  for (const sibling of path) {
    if (last === 0) return null
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash)
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)]
    } else hash = nodeHash(hash, sibling)
    ;[node, last] = [Math.floor(node / 2), Math.floor(last / 2)]
  }
  return last === 0 ? hash : null
}

type Head = { readonly size: number; readonly root: string }

/** Whether the path proves that the older tree is how the newer one begins (RFC 9162 section 2.1.4.2). */
export function isConsistent(from: Head, to: Head, path: readonly string[]): boolean {
  if (from.size < 1 || from.size > to.size) return false
  if (from.size === to.size) return path.length === 0 && from.root === to.root
  const wholeTree = Number.isInteger(Math.log2(from.size))
  const [first, ...rest] = wholeTree ? [from.root, ...path] : path
  if (first === undefined) return false
  let [node, last] = [from.size - 1, to.size - 1]
  while (node % 2 === 1) [node, last] = [Math.floor(node / 2), Math.floor(last / 2)]
  let [older, newer] = [first, first]
  for (const sibling of rest) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      older = nodeHash(sibling, older)
      newer = nodeHash(sibling, newer)
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)]
    } else newer = nodeHash(newer, sibling)
    ;[node, last] = [Math.floor(node / 2), Math.floor(last / 2)]
  }
  return last === 0 && older === from.root && newer === to.root
}

/** The root of a part of the tree that holds none of the chosen entries. `start` and `end` count entries from 0. */
export type OutsideNode = { readonly start: number; readonly end: number; readonly hash: string }

/**
 * What has to be known besides the chosen entries to compute the root of the first `size`: the roots of the largest
 * parts of the tree without any of them, from left to right. The fewer gaps between the chosen, the fewer there are;
 * none where all entries are chosen.
 *
 * @param chosen runs of entries (first and last, counted from 0), ascending and apart.
 */
export async function* outsideNodes(
  read: ReadNodes,
  size: number,
  chosen: readonly (readonly [first: number, last: number])[],
): AsyncGenerator<OutsideNode> {
  let run = 0
  const walk = async function* (start: number, end: number): AsyncGenerator<OutsideNode> {
    while ((chosen[run]?.[1] ?? size) < start) run++
    const [first, last] = chosen[run] ?? [size, size]
    if (first <= start && end - 1 <= last) return
    if (first >= end) {
      yield { start, end, hash: await rangeRoot(subtrees(read), start, end) }
      return
    }
    const middle = start + split(end - start)
    yield* walk(start, middle)
    yield* walk(middle, end)
  }
  if (size > 0) yield* walk(0, size)
}
