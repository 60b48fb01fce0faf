/** Beyond this many values in either sample the normal approximation is as good as counting, and far cheaper. */
const exactUpTo = 20

/**
 * The one-sided Mann–Whitney U test: how likely values as high as these, compared with the others, are by chance.
 * Without ties and for small samples the distribution of U is counted exactly; otherwise it is approximated by the
 * normal distribution with the corrections for ties and for continuity (Mann & Whitney 1947; Lehmann, Nonparametrics, §1).
 *
 * @returns U of the first sample and the probability; 1 when either sample is empty.
 */
export function mannWhitneyGreater(values: readonly number[], others: readonly number[]): { u: number; p: number } {
  const [m, n] = [values.length, others.length]
  if (m === 0 || n === 0) return { u: 0, p: 1 }
  const { rankSum, ties } = rank(values, others)
  const u = rankSum - (m * (m + 1)) / 2
  if (ties === 0 && m <= exactUpTo && n <= exactUpTo) return { u, p: exactTail(u, m, n) }
  const total = m + n
  const variance = ((m * n) / 12) * (total + 1 - ties / (total * (total - 1)))
  if (variance <= 0) return { u, p: 1 } // every value is the same
  return { u, p: upperNormal((u - (m * n) / 2 - 0.5) / Math.sqrt(variance)) }
}

/** The sum of the ranks of `values` among all, ties sharing their mean rank; and Σ(t³ − t) over groups of ties. */
function rank(values: readonly number[], others: readonly number[]): { rankSum: number; ties: number } {
  const all = [...values.map((value) => ({ value, own: true })), ...others.map((value) => ({ value, own: false }))]
  all.sort((a, b) => a.value - b.value)
  let rankSum = 0
  let ties = 0
  for (let from = 0; from < all.length; ) {
    let until = from
    while (until < all.length && all[until]?.value === all[from]?.value) until++
    const mean = (from + 1 + until) / 2
    rankSum += mean * all.slice(from, until).filter(({ own }) => own).length
    ties += (until - from) ** 3 - (until - from)
    from = until
  }
  return { rankSum, ties }
}

/** P(U ≥ u): in how many of the equally likely orders of m and n values U is at least u. */
function exactTail(u: number, m: number, n: number): number {
  // ways[i][s]: choices of i of the first k ranks whose sum of U is s, built up rank by rank.
  let ways: number[][] = Array.from({ length: m + 1 }, (_, i) => (i === 0 ? [1] : []))
  for (let k = 1; k <= m + n; k++) {
    const next: number[][] = ways.map((row) => [...row])
    for (let i = 1; i <= Math.min(m, k); i++)
      for (const [sum, count] of (ways[i - 1] ?? []).entries()) {
        const at = sum + (k - i)
        const row = next[i] as number[]
        row[at] = (row[at] ?? 0) + (count ?? 0)
      }
    ways = next
  }
  const counts = ways[m] ?? []
  let tail = 0
  let total = 0
  for (let sum = 0; sum < counts.length; sum++) {
    const count = counts[sum] ?? 0
    total += count
    if (sum >= u) tail += count
  }
  return tail / total
}

/** P(Z ≥ z) of the standard normal distribution, to 1e-7 (Abramowitz & Stegun 26.2.17). */
function upperNormal(z: number): number {
  if (z < 0) return 1 - upperNormal(-z)
  const t = 1 / (1 + 0.231_641_9 * z)
  const series =
    t * (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))))
  return (series * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI)
}
