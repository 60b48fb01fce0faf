import { z } from 'zod'

/** Seconds since the epoch and the value; +Inf, -Inf and NaN are kept. */
export type Sample = readonly [seconds: number, value: number]

const isPair = (pair: unknown): pair is readonly [number, string] =>
  Array.isArray(pair) && typeof pair[0] === 'number' && typeof pair[1] === 'string'

const pair = z.custom<readonly [number, string]>(isPair, 'a time and a number in a string')

/** A value as the API writes it: a number in a string, with `+Inf`, `-Inf` and `NaN`. */
export function sampleValue(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Infinity
  if (text === '-Inf') return -Infinity
  return text === '' ? NaN : Number(text)
}

const parsed = ([seconds, text]: readonly [number, string]): Sample => [seconds, sampleValue(text)]

export const sample = pair.transform(parsed)
export const textSample = pair

/** Checked in one pass: an answer may hold a million of them. */
export const samples = z
  .custom<readonly (readonly [number, string])[]>((value) => Array.isArray(value) && value.every(isPair), 'samples')
  .transform((pairs): readonly Sample[] => pairs.map(parsed))
