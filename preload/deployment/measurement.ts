import { z } from 'zod'
import { instant } from '../contract/define.ts'

/** Requests of one version in one second or longer, as the gateway measured them. */
export const versionWindow = z.object({
  at: instant,
  requests: z.number().int(),
  errors: z.number().int(),
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
})
export type VersionWindow = z.infer<typeof versionWindow>

export const versionMeasurement = z.object({
  version: z.string(),
  weight: z.number(),
  ready: z.number().int(),
  desired: z.number().int(),
  requests: z.number().int(),
  errors: z.number().int(),
  /** Milliseconds over the windows shown. */
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
  windows: z.array(versionWindow),
})
export type VersionMeasurement = z.infer<typeof versionMeasurement>

/** What was measured of the versions of a rollout at its end; their windows are some seconds long. */
export const lastMeasured = z.object({ since: instant, at: instant, versions: z.array(versionMeasurement) })
export type LastMeasured = z.infer<typeof lastMeasured>
