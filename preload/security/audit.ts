import { z } from 'zod'
import { defineContract, instant, nothing, query, stream } from '../contract/define.ts'
import { errorShape } from '../contract/error.ts'

/** `interrupted`: the application stopped before it learned the outcome; the effect may or may not have happened. */
export const auditOutcome = z.enum(['succeeded', 'failed', 'forbidden', 'interrupted'])
export type AuditOutcome = z.infer<typeof auditOutcome>

export const auditEntry = z.object({
  sequence: z.number().int(),
  at: instant,
  actor: z.string(),
  /** How the actor came in: desktop window, browser, command line, or the application itself. */
  via: z.string(),
  operation: z.string(),
  targets: z.array(z.string()),
  before: z.json(),
  after: z.json(),
  outcome: auditOutcome,
  error: errorShape.nullable(),
  correlationId: z.string(),
  /** SHA-256, hexadecimal, over the previous hash and this entry in canonical form. */
  hash: z.string(),
  previousHash: z.string(),
})
export type AuditEntry = z.infer<typeof auditEntry>

export const auditFilter = z.object({
  from: instant.optional(),
  to: instant.optional(),
  actor: z.string().optional(),
  /** An operation (`alerts.acknowledge`) or a capability (`alerts`). */
  operation: z.string().optional(),
  target: z.string().optional(),
  outcome: auditOutcome.optional(),
  correlationId: z.string().optional(),
  text: z.string().max(1_000).optional(),
})
export type AuditFilter = z.infer<typeof auditFilter>

export const auditVerdict = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('intact'), entries: z.number().int(), head: z.string(), at: instant }),
  z.object({
    kind: z.literal('broken'),
    /** The first entry that does not hold. */
    sequence: z.number().int(),
    reason: z.string(),
    at: instant,
  }),
])
export type AuditVerdict = z.infer<typeof auditVerdict>

export const audit = defineContract({
  area: 'security',
  capability: 'audit',
  summary: 'The append-only, hash-chained record of everything that was done.',
  operations: {
    list: query({
      summary: 'A page of audit entries, newest first.',
      input: auditFilter.extend({
        offset: z.number().int().min(0).default(0),
        limit: z.number().int().min(1).max(1_000).default(200),
      }),
      output: z.object({ total: z.number().int(), offset: z.number().int(), entries: z.array(auditEntry) }),
    }),
    facets: query({
      summary: 'The actors and operations that occur in the log.',
      input: nothing,
      output: z.object({ actors: z.array(z.string()), operations: z.array(z.string()) }),
    }),
    verify: query({ summary: 'Recompute the whole chain.', input: nothing, output: auditVerdict }),
    watch: stream({
      summary: 'Tell whenever an entry is appended.',
      input: nothing,
      output: z.object({ sequence: z.number().int() }),
    }),
  },
})
