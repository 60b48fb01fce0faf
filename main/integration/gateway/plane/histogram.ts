import type { Latency } from './report.ts'

const growth = 1.08
const smallestMs = 0.05
const scale = 1 / Math.log(growth)

/** Buckets from 50 µs to about ten minutes, each 8 % above the one before. */
export const bucketCount = 212

export function bucketOf(ms: number): number {
  if (!(ms > smallestMs)) return 0
  return Math.min(bucketCount - 1, Math.ceil(Math.log(ms / smallestMs) * scale))
}

/** The upper bound of a bucket, in milliseconds. */
export const boundOf = (bucket: number): number => smallestMs * growth ** bucket

/** The middle of a bucket, at most 4 % from anything in it. */
const middleOf = (bucket: number): number => (bucket === 0 ? smallestMs / 2 : smallestMs * growth ** (bucket - 0.5))

/** Counts by bucket, as pairs of bucket and count: most are empty. */
export type Buckets = readonly (readonly [bucket: number, count: number])[]

export function sparse(counts: Uint32Array): Buckets {
  const pairs: [number, number][] = []
  for (let bucket = 0; bucket < counts.length; bucket++) {
    const count = counts[bucket] ?? 0
    if (count > 0) pairs.push([bucket, count])
  }
  return pairs
}

export function addBuckets(counts: Uint32Array, buckets: Buckets): void {
  for (const [bucket, count] of buckets) counts[bucket] = (counts[bucket] ?? 0) + count
}

/** Mean and quantiles, in milliseconds; all 0 when nothing was counted. `sumMs` is what the durations add up to. */
export function latencyOf(counts: Uint32Array, sumMs: number): Latency {
  let total = 0
  for (const count of counts) total += count
  if (total === 0) return { mean: 0, p50: 0, p95: 0, p99: 0 }
  return {
    mean: sumMs / total,
    p50: quantile(counts, total, 0.5),
    p95: quantile(counts, total, 0.95),
    p99: quantile(counts, total, 0.99),
  }
}

function quantile(counts: Uint32Array, total: number, share: number): number {
  const rank = Math.max(1, Math.ceil(share * total))
  let seen = 0
  for (let bucket = 0; bucket < counts.length; bucket++) {
    seen += counts[bucket] ?? 0
    if (seen >= rank) return middleOf(bucket)
  }
  return middleOf(counts.length - 1)
}
