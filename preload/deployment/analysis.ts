import { z } from 'zod'
import { id, instant } from '../contract/define.ts'

const name = z.string().trim().min(1, 'Name the metric.').max(60)

/** Where a metric is read. */
const metricSource = z.discriminatedUnion('kind', [
  /** Share of requests that failed at the gateway, 0 to 1. */
  z.object({ kind: z.literal('gateway-error-rate') }),
  /** Milliseconds at the gateway. */
  z.object({ kind: z.literal('gateway-latency'), quantile: z.enum(['p50', 'p95', 'p99']) }),
  /**
   * A query that answers one number. `{{version}}`, `{{service}}` and `{{environment}}` are filled in. Its samples are its
   * values at even steps of at least five seconds since the step began; NaN is none.
   */
  z.object({ kind: z.literal('prometheus'), connectionId: id, query: z.string().trim().min(1).max(4_000) }),
  /** Share of lines that an instance wrote and that contain this text, 0 to 1. */
  z.object({ kind: z.literal('log-error-rate'), contains: z.string().min(1).max(200) }),
  /** Share of requests to this path of each instance that do not answer as expected, 0 to 1. */
  z.object({ kind: z.literal('http-probe'), path: z.string().startsWith('/').max(500), status: z.number().int() }),
  /** Alerts of the environment that fire and match, in Alertmanager's syntax, acknowledged or not. Filled in as a query. */
  z.object({ kind: z.literal('alerts'), matchers: z.string().trim().min(1).max(4_000) }),
  /**
   * An executable file of the new version and its arguments, run on this machine for each version at each look. The number
   * in the last line that it writes is taken; anything but an end with 0 decides nothing. It is told where the instances
   * are by FRAMEWORK0_ENDPOINTS (`host:port`, separated by spaces) and of whom by FRAMEWORK0_VERSION, _SERVICE and
   * _ENVIRONMENT.
   */
  z.object({ kind: z.literal('script'), command: z.array(z.string().min(1).max(1_000)).min(1).max(50) }),
])

const comparable: ReadonlySet<string> = new Set(['gateway-error-rate', 'gateway-latency', 'prometheus'])

export const metric = z
  .object({
    name,
    source: metricSource,
    /** Fails when the new version is above; null sets no bound. */
    max: z.number().nullable(),
    /** Fails when the new version is below. */
    min: z.number().nullable(),
    /**
     * Compares the new version with the present one over the same time, by the one-sided Mann–Whitney U test, and fails
     * when it is higher with this confidence and by more than the tolerance (0.1 is 10 % of the present median).
     */
    baseline: z
      .object({ confidence: z.number().min(0.8).max(0.9999), tolerance: z.number().min(0).max(10) })
      .nullable(),
    /**
     * Samples of the new version below which nothing is decided: requests at the gateway, lines, probes, or values of a
     * query. A script and the number of alerts are one.
     */
    minimumSamples: z.number().int().min(1).max(1_000_000),
    /** Failed looks in a row after which the rollout has failed. */
    failuresAllowed: z.number().int().min(0).max(100),
  })
  .refine(({ max, min, baseline }) => max !== null || min !== null || baseline !== null, {
    error: 'Give a bound or a comparison.',
    path: ['max'],
  })
  .refine(({ source, baseline }) => baseline === null || comparable.has(source.kind), {
    error: 'A comparison needs values over time, which only the gateway and a query have.',
    path: ['baseline'],
  })
export type Metric = z.infer<typeof metric>

export const analysisInput = z.object({
  metrics: z.array(metric).max(20),
  intervalSeconds: z.number().int().min(1).max(3_600),
  /** Looks at each step that have to be good. */
  looks: z.number().int().min(1).max(100),
  /** Looks in a row that decide nothing, after which the rollout pauses for a person. */
  inconclusiveAllowed: z.number().int().min(0).max(100),
})
export type AnalysisInput = z.infer<typeof analysisInput>

export const verdict = z.enum(['passed', 'failed', 'inconclusive'])
export type Verdict = z.infer<typeof verdict>

export const metricResult = z.object({
  name: z.string(),
  verdict,
  /** What was measured of the new version and of the present one; null where nothing was. */
  value: z.number().nullable(),
  baseline: z.number().nullable(),
  samples: z.number().int(),
  /** Of the comparison: how likely such a difference is by chance. */
  p: z.number().nullable(),
  reason: z.string(),
})
export type MetricResult = z.infer<typeof metricResult>

/** One look at all metrics. */
export const analysisRun = z.object({
  at: instant,
  step: z.number().int().nullable(),
  verdict,
  results: z.array(metricResult),
})
export type AnalysisRun = z.infer<typeof analysisRun>
