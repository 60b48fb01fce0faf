import { hash } from 'node:crypto'
import type { ErrorShape } from '#preload/contract/error.ts'
import type { Job } from '#preload/lifecycle/operations.ts'
import { canonical } from '../audit/canonical.ts'
import type { Workspace } from '../store/workspace.ts'

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
  }
  job_step: {
    job_id: string
    key: string
    input_hash: string
    outcome: 'succeeded' | 'failed'
    output: string
    at: string
  }
}

export type JobRow = JobTables['job']

/** What a step was given, so that a resumed job never takes the result of other work for its own. */
export const hashInput = (input: unknown): string => hash('sha256', canonical(input ?? null), 'hex')

/** The tables of the job journal. Every write is durable when its promise resolves. */
export function createJournal(workspace: Workspace) {
  const db = workspace.withTables<JobTables>()
  return {
    find: (id: string) => db.selectFrom('job').selectAll().where('id', '=', id).executeTakeFirst(),
    findByKey: (key: string) => db.selectFrom('job').selectAll().where('idempotency_key', '=', key).executeTakeFirst(),
    unfinished: () =>
      db.selectFrom('job').selectAll().where('state', 'in', ['waiting', 'running']).orderBy('due_at').execute(),
    insert: (row: JobRow) => db.insertInto('job').values(row).execute(),
    update: (id: string, change: Partial<JobRow>) => db.updateTable('job').set(change).where('id', '=', id).execute(),
    remove: (id: string) => db.deleteFrom('job').where('id', '=', id).execute(),
    step: (jobId: string, key: string) =>
      db.selectFrom('job_step').selectAll().where('job_id', '=', jobId).where('key', '=', key).executeTakeFirst(),
    recordStep: (step: JobTables['job_step']) =>
      db
        .insertInto('job_step')
        .values(step)
        .onConflict((conflict) => conflict.columns(['job_id', 'key']).doUpdateSet(step))
        .execute(),
    clearSteps: (jobId: string) => db.deleteFrom('job_step').where('job_id', '=', jobId).execute(),
    async list(limit: number): Promise<Job[]> {
      const rows = await db.selectFrom('job').selectAll().orderBy('updated_at', 'desc').limit(limit).execute()
      if (rows.length === 0) return []
      const steps = await db
        .selectFrom('job_step')
        .select(['job_id', 'key', 'at', 'outcome'])
        .where(
          'job_id',
          'in',
          rows.map((row) => row.id),
        )
        .orderBy('at')
        .execute()
      return rows.map((row) => ({
        id: row.id,
        kind: row.kind,
        title: row.title,
        state: row.state,
        createdAt: row.created_at,
        updatedAt: row.updated_at,
        dueAt: row.due_at,
        attempts: row.attempts,
        error: row.error ? (JSON.parse(row.error) as ErrorShape) : null,
        progress: row.progress,
        steps: steps.filter((step) => step.job_id === row.id).map(({ key, at, outcome }) => ({ key, at, outcome })),
      }))
    },
    /** Forgets finished jobs older than `before`. */
    async prune(before: string): Promise<number> {
      const result = await db
        .deleteFrom('job')
        .where('state', 'in', ['succeeded', 'failed', 'cancelled'])
        .where('updated_at', '<', before)
        .executeTakeFirst()
      return Number(result.numDeletedRows)
    },
  }
}

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
