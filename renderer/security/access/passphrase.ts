export const shortestPassphrase = 12

export type Strength = { readonly level: 'short' | 'weak' | 'fair' | 'strong'; readonly bits: number }

const classes = [
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/[0-9]/, 10],
  [/ /, 1],
  [/[^A-Za-z0-9 ]/, 32],
] as const

/** A character that repeats its neighbour, or follows it in the alphabet, adds nothing that has to be guessed. */
function surprising(text: string): number {
  const codes = [...text].map((character) => character.codePointAt(0) ?? 0)
  return codes.filter((code, at) => {
    const step = Math.abs(code - (codes[at - 1] ?? Number.NaN))
    return !(step <= 1)
  }).length
}

/**
 * Roughly what a passphrase withstands, in bits: surprising characters times the bits of their alphabet. Letters alone
 * count half, because they will be words. It knows no dictionary, and is a hint, not a gate.
 */
export function strengthOf(passphrase: string): Strength {
  const used = classes.filter(([pattern]) => pattern.test(passphrase))
  const alphabet = used.reduce((sum, [, size]) => sum + size, 0)
  const counted = Math.min(surprising(passphrase), new Set(passphrase).size * 2)
  const words = /^[A-Za-z ]*$/.test(passphrase)
  const bits = alphabet === 0 ? 0 : Math.round(counted * Math.log2(alphabet + 1) * (words ? 0.5 : 0.8))
  if (passphrase.length < shortestPassphrase) return { level: 'short', bits }
  if (bits < 40) return { level: 'weak', bits }
  return { level: bits < 52 ? 'fair' : 'strong', bits }
}
