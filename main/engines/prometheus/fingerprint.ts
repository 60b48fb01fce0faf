import type { Labels } from './labels.ts'

// FNV-1a 64: offset basis cbf29ce484222325, prime 2^40 + 1b3, in two halves of 32 bits.
const basisHigh = 0xcbf29ce4
const basisLow = 0x84222325
const prime = 0x1b3
const separator = 0xff

/**
 * The fingerprint of a label set as 16 hex digits, as Prometheus and Alertmanager compute it: FNV-1a 64 over the
 * UTF-8 of `name ff value ff` in byte order of names (prometheus/common, model.LabelSet.Fingerprint).
 */
export function fingerprint(labels: Labels): string {
  const hash = { high: basisHigh, low: basisLow }
  for (const name of sortedNames(labels)) {
    addText(hash, name)
    addByte(hash, separator)
    addText(hash, labels[name] ?? '')
    addByte(hash, separator)
  }
  return hex(hash.high) + hex(hash.low)
}

type Hash = { high: number; low: number }

/** Go compares bytes; JavaScript compares UTF-16 units, which is the same order only below the surrogates. */
function sortedNames(labels: Labels): string[] {
  const names = Object.keys(labels)
  const ascii = names.every((name) => !/[^\x20-\x7e]/.test(name))
  return ascii ? names.sort() : names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

function addText(hash: Hash, text: string): void {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 0x80) {
      for (const byte of Buffer.from(text.slice(index), 'utf8')) addByte(hash, byte)
      return
    }
    addByte(hash, code)
  }
}

/** hash = (hash xor byte) × prime modulo 2^64. All products stay below 2^53, so doubles are exact. */
function addByte(hash: Hash, byte: number): void {
  const low = (hash.low ^ byte) >>> 0
  const product = low * prime
  const carry = Math.floor(product / 0x1_0000_0000)
  hash.high = (hash.high * prime + carry + ((low << 8) >>> 0)) >>> 0
  hash.low = product >>> 0
}

const hex = (half: number): string => half.toString(16).padStart(8, '0')
