import { z } from 'zod'
import { command, defineContract, id, instant, nothing, query, stream } from '../contract/define.ts'
import { errorShape } from '../contract/error.ts'
import { anchor, anchorInput, forwarder, forwarderInput } from './audit-delivery.ts'
import { checkpoint, integrity } from './audit-integrity.ts'

/** `interrupted`: the application stopped before it learned the outcome; the effect may or may not have happened. */
export const auditOutcome = z.enum(['succeeded', 'failed', 'forbidden', 'interrupted'])
export type AuditOutcome = z.infer<typeof auditOutcome>

export const auditEntry = z.object({
  sequence: z.number().int(),
  at: instant,
  /** Pseudonym of who did it; stays when the person is erased. */
  subject: z.string(),
  /** Their name, from their sealed envelope; null once they were erased. */
  actor: z.string().nullable(),
  /** How the actor came in: desktop window, browser, command line, or the application itself. */
  via: z.string(),
  /** Address and session they came from, from the same envelope. */
  source: z.string().nullable(),
  session: z.string().nullable(),
  operation: z.string(),
  /** The environments it touched. */
  environments: z.array(z.string()),
  targets: z.array(z.string()),
  before: z.json(),
  after: z.json(),
  outcome: auditOutcome,
  error: errorShape.nullable(),
  correlationId: z.string(),
  /** The policies that decided. */
  policies: z.array(z.string()),
  /** The approved request this carried out; null where none was needed. */
  approval: z.string().nullable(),
  /** RFC 6962 leaf hash, hexadecimal: SHA-256 over 0x00 and the entry's canonical form. */
  leafHash: z.string(),
  /** Set when retention removed the content of this entry; its hash stays. */
  pruned: z.boolean(),
})
export type AuditEntry = z.infer<typeof auditEntry>

export const auditFilter = z.object({
  from: instant.optional(),
  to: instant.optional(),
  /** A subject, or a name as it is shown. */
  actor: z.string().optional(),
  /** An operation (`alerts.acknowledge`) or a capability (`alerts`). */
  operation: z.string().optional(),
  target: z.string().optional(),
  environment: z.string().optional(),
  outcome: auditOutcome.optional(),
  correlationId: z.string().optional(),
  text: z.string().max(1_000).optional(),
})
export type AuditFilter = z.infer<typeof auditFilter>

export const auditFormat = z.enum(['csv', 'jsonl', 'ocsf', 'xlsx', 'pdf', 'evidence'])
export type AuditFormat = z.infer<typeof auditFormat>

/** Progress of an export between its bytes, which come as binary chunks. */
export const exportProgress = z.object({
  entries: z.number().int(),
  total: z.number().int(),
  bytes: z.number().int(),
  /** Set on the last item. */
  done: z.object({ name: z.string(), mediaType: z.string(), sha256: z.string() }).nullable(),
})
export type ExportProgress = z.infer<typeof exportProgress>

export const legalHold = z.object({
  id,
  name: z.string().trim().min(1).max(80),
  reason: z.string().trim().min(1).max(1_000),
  /** What it keeps; everything in the filter. */
  filter: auditFilter,
  placedAt: instant,
  releasedAt: instant.nullable(),
})
export type LegalHold = z.infer<typeof legalHold>

export const retention = z.object({
  /** Days that entries keep their content; null keeps them for ever. Their hashes always stay. */
  keepDays: z.number().int().min(30).max(36_500).nullable(),
  holds: z.array(legalHold),
  /** Entries whose content was removed so far. */
  pruned: z.number().int(),
})
export type Retention = z.infer<typeof retention>

const subject = z.object({ subject: z.string(), name: z.string().nullable(), erasedAt: instant.nullable() })
const reason = z.string().trim().min(1, 'Say why.').max(1_000)

export const audit = defineContract({
  area: 'security',
  capability: 'audit',
  summary: 'The append-only Merkle log of everything that was done, its proofs, and its way out to others.',
  operations: {
    list: query({
      summary: 'A page of audit entries, newest first.',
      input: auditFilter.extend({
        offset: z.number().int().min(0).default(0),
        limit: z.number().int().min(1).max(1_000).default(200),
        /** Only entries older than this sequence: how to read on without counting from the newest. */
        before: z.number().int().min(1).optional(),
      }),
      output: z.object({
        total: z.number().int(),
        /** False when more than `total` match: counting stopped there. */
        exact: z.boolean(),
        offset: z.number().int(),
        entries: z.array(auditEntry),
      }),
      audited: true,
    }),
    facets: query({
      summary: 'The actors, operations and environments that occur in the log.',
      input: nothing,
      output: z.object({
        actors: z.array(subject),
        operations: z.array(z.string()),
        environments: z.array(z.string()),
      }),
    }),
    integrity: query({
      summary: 'What is known about the log: the last verification, and whether anything was appended since.',
      input: nothing,
      output: integrity,
    }),
    verify: stream({
      summary: 'Recompute the whole tree and check it against every signed checkpoint, and say what does not hold.',
      input: nothing,
      output: integrity,
    }),
    checkpoints: query({
      summary: 'Signed checkpoints, newest first.',
      input: z.object({ limit: z.number().int().min(1).max(1_000).default(50) }),
      output: z.array(checkpoint),
    }),
    proof: query({
      summary: 'The proof that an entry is in the log: RFC 6962 audit path and the signed checkpoint it leads to.',
      input: z.object({ sequence: z.number().int().min(1), size: z.number().int().min(1).optional() }),
      output: z.object({
        sequence: z.number().int(),
        leafHash: z.string(),
        /** The canonical form that was hashed; null once pruned. */
        leaf: z.string().nullable(),
        path: z.array(z.string()),
        checkpoint,
      }),
    }),
    consistency: query({
      summary: 'The proof that an older checkpoint is a prefix of a newer one (RFC 6962 section 2.1.2).',
      input: z.object({ from: z.number().int().min(1), to: z.number().int().min(1) }),
      output: z.object({ from: checkpoint, to: checkpoint, path: z.array(z.string()) }),
    }),
    export: stream({
      summary: 'Export entries, with progress: CSV, JSON Lines, OCSF, XLSX, PDF, or an evidence package for auditors.',
      input: z.object({ format: auditFormat, filter: auditFilter.default({}) }),
      output: z.union([exportProgress, z.instanceof(Uint8Array)]),
      access: ['sensitive'],
      audited: true,
    }),
    forwarders: query({
      summary: 'Where entries are forwarded to, and how far.',
      input: nothing,
      output: z.array(forwarder),
    }),
    putForwarder: command({
      summary: 'Add or change a forwarder (OTLP logs, syslog over TLS, webhook); a secret left out is kept.',
      input: z.object({ id: id.optional(), revision: z.number().int().optional(), forwarder: forwarderInput }),
      output: forwarder,
      access: ['sensitive'],
    }),
    removeForwarder: command({
      summary: 'Stop forwarding to a place.',
      input: z.object({ id }),
      output: z.object({ removed: z.boolean() }),
      access: ['sensitive'],
    }),
    anchors: query({
      summary: 'Where checkpoints are anchored, and how far.',
      input: nothing,
      output: z.array(anchor),
    }),
    putAnchor: command({
      summary: 'Add or change an anchor for checkpoints: RFC 3161 timestamps, a Git repository, a folder.',
      input: z.object({ id: id.optional(), revision: z.number().int().optional(), anchor: anchorInput }),
      output: anchor,
      access: ['sensitive'],
    }),
    removeAnchor: command({
      summary: 'Stop anchoring at a place.',
      input: z.object({ id }),
      output: z.object({ removed: z.boolean() }),
      access: ['sensitive'],
    }),
    retention: query({
      summary: 'How long entries keep their content, and what is held.',
      input: nothing,
      output: retention,
    }),
    setRetention: command({
      summary: 'Change how long entries keep their content.',
      input: retention.pick({ keepDays: true }),
      output: retention,
      access: ['sensitive'],
    }),
    placeHold: command({
      summary: 'Keep matching entries whatever retention says.',
      input: legalHold.pick({ name: true, reason: true, filter: true }),
      output: retention,
      access: ['sensitive'],
    }),
    releaseHold: command({
      summary: 'Release a legal hold.',
      input: z.object({ id, reason }),
      output: retention,
      access: ['sensitive'],
    }),
    erase: command({
      summary: 'Forget a person: destroys the key of their envelopes. Every proof still verifies. Cannot be undone.',
      input: z.object({ subject: z.string(), reason }),
      output: subject,
      access: ['sensitive'],
    }),
    watch: stream({
      summary: 'Tell whenever an entry is appended or the integrity changes.',
      input: nothing,
      output: z.object({ sequence: z.number().int() }),
    }),
  },
})
