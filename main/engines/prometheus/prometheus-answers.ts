import { z } from 'zod'
import { labels } from './labels.ts'
import { sample, samples, sampleValue, textSample } from './sample.ts'

// Answers of the Prometheus HTTP API v1, by their names there. Unknown fields are dropped, so newer servers pass.

export const buildInfo = z.object({
  version: z.string(),
  revision: z.string().optional(),
  branch: z.string().optional(),
  goVersion: z.string().optional(),
  /** Names the product where it is not Prometheus itself, as Grafana Mimir does. */
  application: z.string().optional(),
})
export type BuildInfo = z.output<typeof buildInfo>

/** `activeAt` is RFC 3339. */
export const alert = z.object({
  labels,
  annotations: labels,
  state: z.enum(['inactive', 'pending', 'firing']),
  activeAt: z.string(),
  value: z.string().transform(sampleValue),
})
export type PrometheusAlert = z.output<typeof alert>

const evaluated = {
  name: z.string(),
  query: z.string(),
  labels: labels.optional().transform((given) => given ?? {}),
  health: z.string(),
  lastError: z.string().optional(),
  /** Seconds. */
  evaluationTime: z.number().optional(),
  lastEvaluation: z.string().optional(),
}

export const rule = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('alerting'),
    ...evaluated,
    state: z.enum(['inactive', 'pending', 'firing', 'unknown']),
    /** The `for` of the rule, seconds. */
    duration: z.number(),
    keepFiringFor: z.number().optional(),
    annotations: labels.optional().transform((given) => given ?? {}),
    alerts: z.array(alert),
  }),
  z.object({ type: z.literal('recording'), ...evaluated }),
])

export const ruleGroup = z.object({
  name: z.string(),
  file: z.string(),
  /** Seconds. */
  interval: z.number(),
  rules: z.array(rule),
  evaluationTime: z.number().optional(),
  lastEvaluation: z.string().optional(),
})
export type RuleGroup = z.output<typeof ruleGroup>

// A series of native histograms has `histogram(s)` in place of `value(s)`; those are not read yet.
const instant = z.object({ metric: labels, value: sample.optional() })
const range = z.object({ metric: labels, values: samples.optional() })

export const queryData = z.discriminatedUnion('resultType', [
  z.object({ resultType: z.literal('vector'), result: z.array(instant) }),
  z.object({ resultType: z.literal('matrix'), result: z.array(range) }),
  z.object({ resultType: z.literal('scalar'), result: sample }),
  z.object({ resultType: z.literal('string'), result: textSample }),
])
export type QueryData = z.output<typeof queryData>

export const matrixData = z.object({ resultType: z.literal('matrix'), result: z.array(range) })

const address = z.object({ url: z.string() })
export const alertmanagerList = z.object({
  activeAlertmanagers: z.array(address),
  droppedAlertmanagers: z.array(address).optional(),
})

export const metadata = z.record(
  z.string(),
  z.array(z.object({ type: z.string(), help: z.string(), unit: z.string().optional() })),
)
export type Metadata = z.output<typeof metadata>

/** `lastConfigTime` is RFC 3339. */
export const runtimeInfo = z.object({ lastConfigTime: z.string() })

/** The loaded configuration file; Prometheus hides the secrets in it. */
export const configuration = z.object({ yaml: z.string() })

export const configurationFile = z.object({ global: z.object({ external_labels: labels.nullish() }).nullish() })
