import { randomBytes } from 'node:crypto'

/** Something that takes a share of the requests. */
export type Share = { readonly name: string; readonly weight: number }

export type Split<T extends Share> = {
  /** The next in turn: after as many requests as the weights add up to, each had exactly its weight. */
  next(): T | null
  /** Always the same for a key, as long as the weights are; a changed weight moves only the share that it must. */
  of(key: string): T | null
  /** A new key whose owner is the next in turn, so that sticky clients are spread as exactly as others. */
  newKey(): string
}

const attemptsAtKey = 200

/** Smooth weighted round robin (as in nginx) beside weighted rendezvous hashing. A weight of 0 takes nothing. */
export function createSplit<T extends Share>(shares: readonly T[]): Split<T> {
  const taking = shares.filter(({ weight }) => weight > 0)
  const total = taking.reduce((sum, { weight }) => sum + weight, 0)
  const current = taking.map(() => 0)
  const [only = null] = taking
  const next = (): T | null => {
    if (taking.length <= 1) return only
    let best = 0
    for (let index = 0; index < taking.length; index++) {
      current[index] = (current[index] ?? 0) + (taking[index]?.weight ?? 0)
      if ((current[index] ?? 0) > (current[best] ?? 0)) best = index
    }
    current[best] = (current[best] ?? 0) - total
    return taking[best] ?? null
  }
  const of = (key: string): T | null => (taking.length <= 1 ? only : highest(taking, key))
  const newKey = (): string => {
    const wanted = next()
    let key = freshKey()
    for (let attempt = 0; attempt < attemptsAtKey && of(key) !== wanted; attempt++) key = freshKey()
    return key
  }
  return { next, of, newKey }
}

const freshKey = (): string => randomBytes(12).toString('base64url')

function highest<T extends Share>(shares: readonly T[], key: string): T | null {
  let best: T | null = null
  let bestScore = Number.NEGATIVE_INFINITY
  for (const share of shares) {
    const score = -share.weight / Math.log((hash(`${key}\n${share.name}`) + 0.5) / 2 ** 32)
    if (score > bestScore) {
      best = share
      bestScore = score
    }
  }
  return best
}

/** FNV-1a with the finalizer of MurmurHash3: even for keys that differ in one character. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}
