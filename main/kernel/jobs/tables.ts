import type { Job, JobEntry, JobEntryKind } from '#preload/lifecycle/operations.ts'
import type { LogLevel } from './kind.ts'

export type JobTables = {
  job: {
    id: string
    kind: string
    /** Two jobs never share one: asking again for the same work finds the job that does it. */
    idempotency_key: string
    title: string
    input: string
    state: Job['state']
    created_at: string
    updated_at: string
    due_at: string | null
    attempts: number
    error: string | null
    progress: string | null
    /** The process that carries it out, until when unless it renews, and how often it was taken. */
    owner: string | null
    lease_until: string | null
    fence: number
    /** Of the code that began it. */
    version: number
    /**
     * 1 while it waits in the middle of its function; without `due_at` until somebody wakes it. Also when it has failed
     * there, because its code is no longer known.
     */
    suspended: number
    /** Null until a run has begun with nothing recorded. */
    begun_at: string | null
    deadline: string | null
    cancelled_at: string | null
    cancelled_by: string | null
    /** Where it ends when it has undone what it did; null while it goes forward. */
    ending: 'failed' | 'cancelled' | null
    parent: string | null
  }
  job_step: {
    job_id: string
    key: string
    input_hash: string
    outcome: JobEntry['outcome']
    /** What it answered, or its error; whole, because a replay answers it again. */
    output: string
    /** When the outcome was written. */
    at: string
    kind: JobEntryKind
    /** The order in which they were first begun. */
    ordinal: number
    began_at: string | null
    tries: number
    /** The attempt of the job that wrote the outcome. */
    attempt: number
    /** As it is shown: redacted and cut. */
    input: string | null
    /** Of a wait: the name of its signal, its task as JSON, the id of its child. */
    detail: string | null
    wakes_at: string | null
    compensable: number
    undo: JobEntry['outcome'] | null
    undo_began_at: string | null
    undo_at: string | null
    undo_error: string | null
  }
  job_signal: {
    job_id: string
    ordinal: number
    name: string
    payload: string
    at: string
    taken_by: string | null
  }
  job_log: {
    job_id: string
    ordinal: number
    at: string
    level: LogLevel
    text: string
  }
}

export type JobRow = JobTables['job']
export type StepRow = JobTables['job_step']

export const jobTables = [
  `create table job (
    id text primary key, kind text not null, idempotency_key text not null unique, title text not null,
    input text not null, state text not null, created_at text not null, updated_at text not null, due_at text,
    attempts integer not null, error text, progress text
  )`,
  `create table job_step (
    job_id text not null references job (id) on delete cascade, key text not null, input_hash text not null,
    outcome text not null, output text not null, at text not null, primary key (job_id, key)
  )`,
] as const

/** A later step of the schema's history: several processes share one journal. */
export const jobLeaseColumns = [
  'alter table job add column owner text',
  'alter table job add column lease_until text',
  'alter table job add column fence integer not null default 0',
] as const

/** The next: jobs wait durably, are cancelled and undone, and begin other jobs. */
export const durableJobTables = [
  'alter table job add column version integer not null default 1',
  'alter table job add column suspended integer not null default 0',
  'alter table job add column begun_at text',
  'update job set begun_at = created_at where attempts > 0',
  'alter table job add column deadline text',
  'alter table job add column cancelled_at text',
  'alter table job add column cancelled_by text',
  'alter table job add column ending text',
  'alter table job add column parent text',
  'create index job_due on job (state, due_at)',
  'create index job_parent on job (parent)',
  "alter table job_step add column kind text not null default 'step'",
  'alter table job_step add column ordinal integer not null default 0',
  'alter table job_step add column began_at text',
  'alter table job_step add column tries integer not null default 1',
  'alter table job_step add column attempt integer not null default 1',
  'alter table job_step add column input text',
  'alter table job_step add column detail text',
  'alter table job_step add column wakes_at text',
  'alter table job_step add column compensable integer not null default 0',
  'alter table job_step add column undo text',
  'alter table job_step add column undo_began_at text',
  'alter table job_step add column undo_at text',
  'alter table job_step add column undo_error text',
  `create table job_signal (
    job_id text not null references job (id) on delete cascade, ordinal integer not null, name text not null,
    payload text not null, at text not null, taken_by text, primary key (job_id, ordinal)
  )`,
  `create table job_log (
    job_id text not null references job (id) on delete cascade, ordinal integer not null, at text not null,
    level text not null, text text not null, primary key (job_id, ordinal)
  )`,
] as const
