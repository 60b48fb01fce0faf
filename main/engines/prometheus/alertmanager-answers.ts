import { z } from 'zod'
import { labels } from './labels.ts'

// Answers of the Alertmanager API v2, by their names there; times are RFC 3339. Unknown fields are dropped.

const names = z.array(z.string())
const receiver = z.object({ name: z.string() })

/** A member of a cluster lists the same peers as the others, so two Alertmanagers can be told to be one. */
export const status = z.object({
  uptime: z.string(),
  versionInfo: z.object({ version: z.string() }),
  cluster: z.object({
    /** This member; absent without clustering. */
    name: z.string().optional(),
    status: z.enum(['ready', 'settling', 'disabled']),
    peers: z.array(z.object({ name: z.string(), address: z.string() })).nullish(),
  }),
})
export type AlertmanagerStatus = z.output<typeof status>

export const alert = z.object({
  labels,
  annotations: labels,
  fingerprint: z.string(),
  startsAt: z.string(),
  endsAt: z.string(),
  updatedAt: z.string(),
  generatorURL: z.string().optional(),
  receivers: z.array(receiver),
  status: z.object({
    state: z.enum(['unprocessed', 'active', 'suppressed']),
    silencedBy: names,
    inhibitedBy: names,
    /** By a mute time interval; since 0.28. */
    mutedBy: names.optional(),
  }),
})
export type AlertmanagerAlert = z.output<typeof alert>

export const alertGroup = z.object({ labels, receiver, alerts: z.array(alert) })
export type AlertGroup = z.output<typeof alertGroup>

const matcher = z.object({
  name: z.string(),
  value: z.string(),
  isRegex: z.boolean(),
  /** Absent before 0.22, where every matcher was positive. */
  isEqual: z.boolean().default(true),
})
export type SilenceMatcher = z.output<typeof matcher>

export const silence = z.object({
  id: z.string(),
  matchers: z.array(matcher),
  startsAt: z.string(),
  endsAt: z.string(),
  updatedAt: z.string(),
  createdBy: z.string(),
  comment: z.string(),
  status: z.object({ state: z.enum(['active', 'pending', 'expired']) }),
})
export type AlertmanagerSilence = z.output<typeof silence>

export const receivers = z.array(receiver)
export const created = z.object({ silenceID: z.string() })
