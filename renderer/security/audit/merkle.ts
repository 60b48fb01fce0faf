/** Hash trees as RFC 6962 section 2.1 has them, recomputed here, with nothing but the browser's own SHA-256. */

type Bytes = Uint8Array<ArrayBuffer>

const leafPrefix = 0x00
const nodePrefix = 0x01

const bytesOf = (hex: string): Bytes => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

const hexOf = (bytes: Bytes): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

async function sha256(prefix: number, ...parts: readonly Bytes[]): Promise<Bytes> {
  const length = parts.reduce((sum, part) => sum + part.length, 1)
  const message = new Uint8Array(length)
  message[0] = prefix
  let at = 1
  for (const part of parts) {
    message.set(part, at)
    at += part.length
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', message))
}

const isHash = (hex: string): boolean => /^[0-9a-f]{64}$/.test(hex)

const isOdd = (n: number): boolean => n % 2 === 1
const half = (n: number): number => Math.floor(n / 2)

/** Hash of a leaf: SHA-256 over 0x00 and its canonical text in UTF-8, hexadecimal. */
export const leafHashOf = async (leaf: string): Promise<string> =>
  hexOf(await sha256(leafPrefix, new TextEncoder().encode(leaf)))

export type InclusionProof = {
  /** Hexadecimal. */
  readonly leafHash: string
  /** Zero-based. */
  readonly index: number
  readonly size: number
  readonly path: readonly string[]
}

/**
 * The root that an audit path leads to, by RFC 9162 section 2.1.3.2 (the same tree as RFC 6962). Sizes may exceed 2³¹,
 * so nothing is shifted. @returns hexadecimal, or null for a path that cannot belong to this place.
 */
export async function rootOfInclusion({ leafHash, index, size, path }: InclusionProof): Promise<string | null> {
  if (index < 0 || index >= size || ![leafHash, ...path].every(isHash)) return null
  let [place, last] = [index, size - 1]
  let hash = bytesOf(leafHash)
  for (const step of path) {
    if (last === 0) return null
    const sibling = bytesOf(step)
    if (isOdd(place) || place === last) {
      hash = await sha256(nodePrefix, sibling, hash)
      while (!isOdd(place) && place !== 0) [place, last] = [half(place), half(last)]
    } else hash = await sha256(nodePrefix, hash, sibling)
    ;[place, last] = [half(place), half(last)]
  }
  return last === 0 ? hexOf(hash) : null
}

export type ConsistencyProof = {
  readonly from: { readonly size: number; readonly root: string }
  readonly to: { readonly size: number; readonly root: string }
  readonly path: readonly string[]
}

const isPowerOfTwo = (n: number): boolean => Number.isInteger(Math.log2(n))

/** Whether the older tree is a prefix of the newer one, by RFC 9162 section 2.1.4.2. */
export async function isConsistent({ from, to, path }: ConsistencyProof): Promise<boolean> {
  if (from.size < 1 || from.size > to.size || ![from.root, to.root, ...path].every(isHash)) return false
  if (from.size === to.size) return path.length === 0 && from.root === to.root
  const [start, ...rest] = isPowerOfTwo(from.size) ? [from.root, ...path] : path
  if (start === undefined) return false
  let [place, last] = [from.size - 1, to.size - 1]
  while (isOdd(place)) [place, last] = [half(place), half(last)]
  let older = bytesOf(start)
  let newer = older
  for (const step of rest) {
    if (last === 0) return false
    const sibling = bytesOf(step)
    if (isOdd(place) || place === last) {
      older = await sha256(nodePrefix, sibling, older)
      newer = await sha256(nodePrefix, sibling, newer)
      while (!isOdd(place) && place !== 0) [place, last] = [half(place), half(last)]
    } else newer = await sha256(nodePrefix, newer, sibling)
    ;[place, last] = [half(place), half(last)]
  }
  return last === 0 && hexOf(older) === from.root && hexOf(newer) === to.root
}
