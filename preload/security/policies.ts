import { z } from 'zod'
import { instant } from '../contract/define.ts'

export const policyVersion = z.object({
  /** Counts up; also the revision to save against. 0 is the empty text of a new workspace. */
  version: z.number().int(),
  text: z.string(),
  note: z.string(),
  at: instant.nullable(),
  by: z.string().nullable(),
  /** SHA-256 of the text, hexadecimal. */
  digest: z.string(),
})
export type PolicyVersion = z.infer<typeof policyVersion>

export const policyDiagnostic = z.object({
  severity: z.enum(['error', 'warning']),
  message: z.string(),
  hint: z.string().nullable(),
  /** UTF-16 offsets into the text. */
  from: z.number().int(),
  to: z.number().int(),
  policy: z.string().nullable(),
})
export type PolicyDiagnostic = z.infer<typeof policyDiagnostic>

/** One row of the test table: who asks for what, and what the verdict must be. */
export const policyTest = z.object({
  name: z.string().trim().min(1).max(200),
  roles: z.array(z.string()).max(20),
  groups: z.array(z.string()).max(100).default([]),
  /** Seconds since they proved who they are; null never. */
  provenSecondsAgo: z.number().int().min(0).nullable().default(null),
  action: z.string(),
  environment: z.string().nullable(),
  approvals: z.number().int().min(0).default(0),
  expect: z.enum(['allow', 'deny', 'step_up', 'approval_required']),
})
export type PolicyTest = z.infer<typeof policyTest>

export const policyTestResult = z.object({
  name: z.string(),
  passed: z.boolean(),
  verdict: z.enum(['allow', 'deny', 'step_up', 'approval_required', 'error']),
  /** The policies that decided. */
  policies: z.array(z.string()),
})
export type PolicyTestResult = z.infer<typeof policyTestResult>

/** A decision that a new policy text would change, with how often it was made. */
export const replayResult = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('changed'),
    identity: z.string(),
    name: z.string().nullable(),
    action: z.string(),
    environment: z.string().nullable(),
    times: z.number().int(),
    lastAt: instant,
    was: z.enum(['allow', 'deny', 'step_up', 'approval_required']),
    becomes: z.enum(['allow', 'deny', 'step_up', 'approval_required']),
    policies: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('done'),
    decisions: z.number().int(),
    distinct: z.number().int(),
    changed: z.number().int(),
    from: instant.nullable(),
  }),
])
export type ReplayResult = z.infer<typeof replayResult>
