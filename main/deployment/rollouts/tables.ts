import type { RolloutState } from '#preload/deployment/rollouts.ts'

export type RolloutTables = {
  service: {
    id: string
    name: string
    /** JSON of its settings. */
    settings: string
    revision: number
    created_at: string
    updated_at: string
  }
  release: {
    id: string
    service: string
    version: string
    digest: string
    files: number
    bytes: number
    notes: string
    added_by: string
    created_at: string
    excluded: string | null
  }
  /** What is to run of a service in an environment, and who gets how many requests: what is put in force again. */
  placement: {
    environment: string
    service: string
    port: number
    version: string | null
    previous: string | null
    /** JSON: see desired.ts. */
    desired: string
    updated_at: string
  }
  rollout: {
    id: string
    environment: string
    service: string
    from_version: string | null
    to_version: string
    /** JSON of strategy, analysis and approvals. */
    strategy: string
    analysis: string
    approvals: string
    state: RolloutState
    phase: string
    step: number | null
    weight: number
    is_rollback: number
    started_by: string
    started_at: string
    ended_at: string | null
    job_id: string | null
    /** The environment and service while it runs, so that there is never a second; null once it has ended. */
    busy: string | null
  }
  rollout_event: {
    rollout_id: string
    ordinal: number
    at: string
    kind: string
    text: string
    by: string | null
  }
  /** Its looks, and what was measured last: see history.ts. */
  rollout_analysis: { rollout_id: string; key: string; at: string; run: string }
  /** What the instances of a version are started with in an environment: the newest of a version is meant. */
  recorded_configuration: {
    rollout_id: string
    environment: string
    service: string
    version: string
    /** JSON of the values. */
    plain: string
    /** JSON of names of secrets, and what told at that time which one it was; never a secret. */
    secrets: string
    /** JSON of what the service said of an instance: its command, health path and limits. */
    settings: string
    recorded_at: string
  }
}

export const rolloutTables = [
  `create table service (
    id text primary key, name text not null unique, settings text not null, revision integer not null,
    created_at text not null, updated_at text not null
  )`,
  `create table release (
    id text primary key, service text not null references service (name) on delete cascade, version text not null,
    digest text not null, files integer not null, bytes bigint not null, notes text not null, added_by text not null,
    created_at text not null, excluded text, unique (service, version)
  )`,
  `create table placement (
    environment text not null, service text not null references service (name), port integer not null unique,
    version text, previous text, desired text not null, updated_at text not null, primary key (environment, service)
  )`,
  `create table rollout (
    id text primary key, environment text not null, service text not null, from_version text, to_version text not null,
    strategy text not null, analysis text not null, approvals text not null, state text not null, phase text not null,
    step integer, weight integer not null, is_rollback integer not null, started_by text not null,
    started_at text not null, ended_at text, job_id text, busy text unique
  )`,
  'create index rollout_newest on rollout (started_at)',
  `create table rollout_event (
    rollout_id text not null references rollout (id) on delete cascade, ordinal integer not null, at text not null,
    kind text not null, text text not null, "by" text, primary key (rollout_id, ordinal)
  )`,
  `create table rollout_analysis (
    rollout_id text not null references rollout (id) on delete cascade, key text not null, at text not null,
    run text not null, primary key (rollout_id, key)
  )`,
] as const

/** A rollout that was begun before has none. */
export const recordedConfigurationTables = [
  `create table recorded_configuration (
    rollout_id text primary key references rollout (id) on delete cascade, environment text not null,
    service text not null, version text not null, plain text not null, secrets text not null,
    settings text not null, recorded_at text not null
  )`,
  'create index recorded_configuration_placement on recorded_configuration (environment, service)',
] as const
