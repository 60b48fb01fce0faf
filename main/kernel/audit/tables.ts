/** The tables of the log. Leaves, tree nodes and checkpoints are only ever added; retention empties leaves. */
export type AuditTables = {
  audit_entry: {
    sequence: number
    /** RFC 6962 leaf hash, hexadecimal. */
    leaf_hash: string
    /** The canonical text that was hashed; null once pruned. */
    leaf: string | null
    /** JSON `{ at, operation, outcome }` of a pruned entry, for whoever reads the log; no longer proven. */
    stub: string | null
  }
  /** Roots of whole subtrees, at multiples of `tileHeight`. */
  audit_node: { level: number; position: number; hash: string }
  /** One row: where the tree stands. `peaks` is JSON. */
  audit_head: { id: number; log_id: string; size: number; peaks: string }
  audit_intent: { correlation_id: string; instance: string; at: string; draft: string }
  /** When a process that shares the workspace was last alive. */
  audit_instance: { id: string; seen_at: string }
  /** Who is behind a pseudonym. Erasing empties `identity`, `name` and `key`. */
  audit_subject: {
    subject: string
    identity: string | null
    name: string | null
    key: string | null
    created_at: string
    erased_at: string | null
  }
  audit_key: { id: string; name: string; public_key: string; created_at: string; retired_at: string | null }
  audit_checkpoint: { size: number; root: string; at: string; key_id: string; note: string }
  /** What step 0001 wrote; empty once it was carried over. */
  audit_legacy_entry: {
    sequence: number
    at: string
    actor: string
    via: string
    operation: string
    targets: string
    before: string
    after: string
    outcome: string
    error: string | null
    correlation_id: string
    previous_hash: string
    hash: string
  }
  audit_legacy_intent: {
    correlation_id: string
    at: string
    actor: string
    via: string
    operation: string
    input: string
  }
}

/** What step 0001 made. */
export const auditFoundationTables = [
  `create table audit_entry (
    sequence integer primary key, at text not null, actor text not null, via text not null, operation text not null,
    targets text not null, before text not null, after text not null, outcome text not null, error text,
    correlation_id text not null, previous_hash text not null, hash text not null
  )`,
  'create index audit_entry_by_time on audit_entry (at)',
  'create index audit_entry_by_correlation on audit_entry (correlation_id)',
  'create table audit_target (sequence integer not null references audit_entry (sequence), target text not null, primary key (target, sequence))',
  `create table audit_intent (
    correlation_id text primary key, at text not null, actor text not null, via text not null, operation text not null,
    input text not null
  )`,
] as const

/** Sets aside what step 0001 made, to be carried over at the next start, and makes the tables above. */
export const auditMerkleTables = [
  'drop table audit_target',
  'drop index audit_entry_by_time',
  'drop index audit_entry_by_correlation',
  'alter table audit_entry rename to audit_legacy_entry',
  'alter table audit_intent rename to audit_legacy_intent',
  'create table audit_entry (sequence integer primary key, leaf_hash text not null, leaf text, stub text)',
  'create table audit_node (level integer not null, position integer not null, hash text not null, primary key (level, position))',
  'create table audit_head (id integer primary key, log_id text not null, size integer not null, peaks text not null)',
  'create table audit_intent (correlation_id text primary key, instance text not null, at text not null, draft text not null)',
  'create table audit_instance (id text primary key, seen_at text not null)',
  `create table audit_subject (
    subject text primary key, identity text unique, name text, key text, created_at text not null, erased_at text
  )`,
  `create table audit_key (
    id text primary key, name text not null, public_key text not null, created_at text not null, retired_at text
  )`,
  `create table audit_checkpoint (
    size integer primary key, root text not null, at text not null, key_id text not null, note text not null
  )`,
] as const
