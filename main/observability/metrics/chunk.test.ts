import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeChunk, encodeChunk } from './chunk.ts'

const decoded = (bytes: Uint8Array, from?: number, to?: number) => {
  const into = { at: [] as number[], values: [] as number[] }
  decodeChunk(bytes, into, from, to)
  return into
}

it('gives back every sample, whatever its value and the distance to the one before', () => {
  const values = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 5e-324))
  const times = fc.uniqueArray(fc.integer({ min: -1_000_000, max: 8_640_000_000_000 }), { maxLength: 80 })
  fc.assert(
    fc.property(times, fc.array(values, { minLength: 80, maxLength: 80 }), (unsorted, all) => {
      const at = [...unsorted].sort((a, b) => a - b)
      const points = { at, values: all.slice(0, at.length) }
      expect(decoded(encodeChunk(points))).toEqual(points)
    }),
  )
})

it('gives back only the samples within the asked time, its ends included', () => {
  const bytes = encodeChunk({ at: [10, 20, 30, 40], values: [1, 2, 3, 4] })
  expect(decoded(bytes, 20, 30)).toEqual({ at: [20, 30], values: [2, 3] })
  expect(decoded(bytes, 41, 99)).toEqual({ at: [], values: [] })
})

it('stores five minutes of a steady gauge in about two bytes a sample', () => {
  const at = Array.from({ length: 60 }, (_, index) => 1_767_225_600_000 + index * 5000)
  expect(encodeChunk({ at, values: at.map(() => 25_276_502_016) }).length / 60).toBeLessThan(2.6)
})

it('refuses bytes that are not a chunk of this format, and a chunk that ends early', () => {
  expect(() => decoded(Buffer.from([9, 1, 2]))).toThrow('unknown chunk format 9')
  expect(() => decoded(encodeChunk({ at: [1, 2], values: [3, 4] }).subarray(0, -1))).toThrow('ends early')
})
