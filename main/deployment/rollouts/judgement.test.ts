import { describe, expect, it } from 'vitest'
import type { AnalysisRun, Metric, Verdict } from '#preload/deployment/analysis.ts'
import { decide, judge, type Measured, overall } from './judgement.ts'

const errors: Metric = {
  ...{ name: 'Errors', source: { kind: 'gateway-error-rate' }, max: 0.02, min: null, baseline: null },
  ...{ minimumSamples: 100, failuresAllowed: 0 },
}
const measured = (value: number | null, samples = 1_000, series: readonly number[] = []): Measured => ({
  ...{ value, samples, series },
})
const reading = (canary: Measured, baseline: Measured | null = null) =>
  ({ kind: 'measured', canary, baseline }) as const

describe('a metric', () => {
  it.each([
    ['within its bound', measured(0.01), 'passed', '0.01 is within its bounds.'],
    ['above its bound', measured(0.05), 'failed', '0.05 is above the bound of 0.02.'],
    ['with too few samples', measured(1, 99), 'inconclusive', 'Only 99 of the 100 samples that a decision needs.'],
    ['that nothing was measured of', measured(null), 'inconclusive', 'Nothing was measured.'],
  ] as const)('%s', (_, canary, verdict, reason) => {
    expect(judge(errors, reading(canary))).toMatchObject({ verdict, reason })
  })

  it('below its least bound fails', () => {
    expect(judge({ ...errors, max: null, min: 5 }, reading(measured(4))).verdict).toBe('failed')
  })

  it('that cannot be read decides nothing and says why', () => {
    const result = judge(errors, { kind: 'unreadable', reason: 'Cannot reach Prometheus.' })
    expect(result).toMatchObject({ verdict: 'inconclusive', reason: 'Cannot reach Prometheus.' })
  })
})

describe('a comparison with the present version', () => {
  const latency: Metric = {
    ...{ name: 'Latency', source: { kind: 'gateway-latency', quantile: 'p95' }, max: null, min: null },
    ...{ baseline: { confidence: 0.98, tolerance: 0.1 }, minimumSamples: 100, failuresAllowed: 0 },
  }
  const steady = [20, 21, 19, 22, 20, 18, 21, 20]
  const judged = (series: readonly number[], baseline: readonly number[] | null = steady) =>
    judge(latency, reading(measured(20, 500, series), baseline && measured(20, 500, baseline)))

  it('fails when the new version is higher beyond chance and tolerance', () => {
    expect(judged(steady.map((value) => value * 2))).toMatchObject({ verdict: 'failed' })
    expect(judged(steady.map((value) => value * 2)).p).toBeLessThan(0.02)
  })
  it('passes a difference within the tolerance, however certain', () => {
    expect(judged(steady.map((value) => value * 1.05 + 0.5)).verdict).toBe('passed')
  })
  it('passes a lower one, and one outlier', () => {
    expect(judged(steady.map((value) => value / 2)).verdict).toBe('passed')
    expect(judged([...steady, 900]).verdict).toBe('passed')
  })
  it('decides nothing with nothing to compare with, or with few windows', () => {
    expect(judged(steady, null).verdict).toBe('inconclusive')
    expect(judged([40, 41, 42]).verdict).toBe('inconclusive')
  })
})

describe('looks in a row', () => {
  const look = (verdict: Verdict): AnalysisRun => ({
    ...{ at: '2026-01-01T00:00:00.000Z', step: 0, verdict },
    results: [{ name: 'Errors', verdict, value: 0.05, baseline: null, samples: 9, p: null, reason: 'Because.' }],
  })
  const limits = { metrics: [{ name: 'Errors', failuresAllowed: 1 }], looks: 3, inconclusiveAllowed: 1 }
  it.each([
    ['look again', ['passed', 'passed']],
    ['go on', ['passed', 'passed', 'passed']],
    ['look again', ['failed', 'passed', 'failed']],
    ['roll back', ['passed', 'failed', 'failed']],
    ['look again', ['inconclusive', 'passed', 'inconclusive']],
    ['pause', ['passed', 'inconclusive', 'inconclusive']],
  ] as const)('%s after %j', (kind, verdicts) => {
    expect(decide(verdicts.map(look), limits).kind).toBe(kind)
  })
  it('say what failed and how often', () => {
    expect(decide([look('failed'), look('failed')], limits)).toMatchObject({
      reason: 'Errors failed 2 times in a row: Because.',
    })
  })
  it('are failed by one metric, and left open by one that decides nothing', () => {
    const of = (...verdicts: Verdict[]) => overall(verdicts.flatMap((verdict) => look(verdict).results))
    expect([of(), of('passed', 'inconclusive'), of('inconclusive', 'failed')]).toEqual([
      'passed',
      'inconclusive',
      'failed',
    ])
  })
})
