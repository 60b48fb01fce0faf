/** What the log can be searched by. All of it can be made again from the entries; see `createSearchIndex`. */
export type SearchTables = {
  audit_search: {
    sequence: number
    at: string
    subject: string
    capability: string
    operation: string
    outcome: string
    correlation_id: string
  }
  audit_target: { sequence: number; target: string }
  audit_environment: { sequence: number; environment: string }
  /** The first and last time of each 256 entries, so that a time range is a range of entries. */
  audit_span: { span: number; earliest: string; latest: string; entries: number }
  /** How many entries have a value; what occurs in the log, and how long a search for it takes. */
  audit_facet: { dimension: string; value: string; entries: number }
  /** How far the index follows the log. */
  audit_cursor: { name: string; sequence: number }
}

export const auditSearchTables = [
  `create table audit_search (
    sequence integer primary key, at text not null, subject text not null, capability text not null,
    operation text not null, outcome text not null, correlation_id text not null
  )`,
  // each holds what else is often asked for, so that walking along it needs no look at the table
  'create index audit_search_by_subject on audit_search (subject, sequence, operation, capability, outcome)',
  'create index audit_search_by_operation on audit_search (operation, sequence, subject, outcome)',
  'create index audit_search_by_capability on audit_search (capability, sequence, subject, outcome)',
  'create index audit_search_by_outcome on audit_search (outcome, sequence)',
  'create index audit_search_by_correlation on audit_search (correlation_id, sequence)',
  'create table audit_target (target text not null, sequence integer not null, primary key (target, sequence))',
  'create table audit_environment (environment text not null, sequence integer not null, primary key (environment, sequence))',
  'create table audit_span (span integer primary key, earliest text not null, latest text not null, entries integer not null)',
  'create table audit_facet (dimension text not null, value text not null, entries integer not null, primary key (dimension, value))',
  'create table audit_cursor (name text primary key, sequence integer not null)',
  `create table audit_hold (
    id text primary key, name text not null, reason text not null, filter text not null, placed_at text not null,
    released_at text
  )`,
] as const
