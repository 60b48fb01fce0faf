import fc from 'fast-check'
import { expect, it } from 'vitest'
import { mannWhitneyGreater } from './mann-whitney.ts'

it('agrees with the worked example of Mann–Whitney in SciPy: U = 17, one-sided p = 0.0556', () => {
  const { u, p } = mannWhitneyGreater([19, 22, 16, 29, 24], [20, 11, 17, 12])
  expect(u).toBe(17)
  expect(p).toBeCloseTo(7 / 126, 12)
})

it('counts the exact distribution: of 20 orders of 3 and 3, one has the highest U', () => {
  expect(mannWhitneyGreater([4, 5, 6], [1, 2, 3])).toEqual({ u: 9, p: 1 / 20 })
  expect(mannWhitneyGreater([1, 2, 3], [4, 5, 6])).toEqual({ u: 0, p: 1 })
})

it('finds no difference where every value is the same, or where there is none', () => {
  expect(mannWhitneyGreater([1, 1, 1], [1, 1, 1]).p).toBe(1)
  expect(mannWhitneyGreater([], [1]).p).toBe(1)
})

it('approximates with ties what it would count without, within a tenth', () => {
  const distinct = fc.uniqueArray(fc.integer({ min: 0, max: 1e6 }), { minLength: 24, maxLength: 40 })
  fc.assert(
    fc.property(distinct, fc.integer({ min: 10, max: 14 }), (all, split) => {
      const exact = mannWhitneyGreater(all.slice(0, split), all.slice(split, split + 10)).p
      // one tie makes it approximate; far away from all others it changes no rank order of the rest
      const tied = [...all.slice(split, split + 10)]
      const near = mannWhitneyGreater([...all.slice(0, split), 2e6], [...tied, 2e6]).p
      expect(Math.abs(near - exact)).toBeLessThan(0.1)
    }),
  )
})

it('rejects at the chosen rate when both are drawn alike', () => {
  let seed = 1
  const random = (): number => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const sample = (): number[] => Array.from({ length: 15 }, random)
  const rejected = Array.from({ length: 2_000 }, () => mannWhitneyGreater(sample(), sample()).p).filter((p) => p < 0.05)
  expect(rejected.length / 2_000).toBeGreaterThan(0.03)
  expect(rejected.length / 2_000).toBeLessThan(0.07)
})
