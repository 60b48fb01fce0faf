import { z } from 'zod'
import { defineContract, instant, nothing, query, stream } from '../contract/define.ts'

/** Everything measured; null is "not measured on this machine", never zero. Bytes, seconds, percent 0–100. */
export const hostReading = z.object({
  at: instant,
  hostname: z.string(),
  platform: z.string(),
  cpuPercent: z.number().nullable(),
  cores: z.number().int(),
  load: z.tuple([z.number(), z.number(), z.number()]).nullable(),
  memory: z.object({ total: z.number(), available: z.number() }).nullable(),
  swap: z.object({ total: z.number(), free: z.number() }).nullable(),
  filesystems: z.array(
    z.object({ mountpoint: z.string(), device: z.string(), type: z.string(), size: z.number(), available: z.number() }),
  ),
  network: z.array(
    z.object({
      device: z.string(),
      receivedPerSecond: z.number().nullable(),
      sentPerSecond: z.number().nullable(),
    }),
  ),
  disk: z.object({ readPerSecond: z.number().nullable(), writtenPerSecond: z.number().nullable() }).nullable(),
  uptimeSeconds: z.number().nullable(),
  application: z.object({
    residentBytes: z.number(),
    heapBytes: z.number(),
    cpuPercent: z.number().nullable(),
    eventLoopDelayP99Ms: z.number().nullable(),
    databases: z.array(z.object({ name: z.string(), bytes: z.number() })),
  }),
})
export type HostReading = z.infer<typeof hostReading>

const labels = z.record(z.string(), z.string())

export const metricSeries = z.object({
  labels,
  /** Seconds since the epoch and value; null is a gap. */
  points: z.array(z.tuple([z.number(), z.number().nullable()])),
})
export type MetricSeries = z.infer<typeof metricSeries>

export const embeddedRule = z.object({
  group: z.string(),
  name: z.string(),
  expression: z.string(),
  forSeconds: z.number(),
  severity: z.string(),
  summary: z.string(),
  state: z.enum(['inactive', 'pending', 'firing', 'unknown']),
  active: z.number().int(),
  /** Why the last evaluation failed; null when it did not. */
  error: z.string().nullable(),
})
export type EmbeddedRule = z.infer<typeof embeddedRule>

export const metrics = defineContract({
  area: 'observability',
  capability: 'metrics',
  summary: "This machine's own metrics, and PromQL over them.",
  operations: {
    host: query({
      summary: 'The latest reading of this machine and of the application.',
      input: nothing,
      output: hostReading.nullable(),
    }),
    range: query({
      summary: "Evaluate PromQL over a time range, on this machine's own metrics.",
      input: z.object({
        expression: z.string().min(1).max(20_000),
        from: instant,
        to: instant,
        points: z.number().int().min(2).max(2_000).default(300),
      }),
      output: z.object({ series: z.array(metricSeries), stepSeconds: z.number() }),
    }),
    instant: query({
      summary: "Evaluate PromQL at one moment, on this machine's own metrics.",
      input: z.object({ expression: z.string().min(1).max(20_000), at: instant.optional() }),
      output: z.object({ series: z.array(z.object({ labels, value: z.number().nullable() })) }),
    }),
    rules: query({
      summary: 'The built-in alert rules and their state.',
      input: nothing,
      output: z.array(embeddedRule),
    }),
    watch: stream({ summary: 'Every reading of this machine, as it is taken.', input: nothing, output: hostReading }),
  },
})
