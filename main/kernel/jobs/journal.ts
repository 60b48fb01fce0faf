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
    /** The process that carries it out, until when unless it renews, and how often it was taken. */
    owner: string | null
    lease_until: string | null
    fence: number
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

/** The right to carry out one job. Whoever takes the job next gets a higher fence, and this one is worth nothing. */
export type Lease = { readonly id: string; readonly owner: string; readonly fence: number }

/** Who may take a job away from whom. */
export type Taking = {
  readonly id: string
  readonly owner: string
  /** The time of the database. */
  readonly now: string
  readonly until: string
  /** Also before it is due. */
  readonly early: boolean
  /** Also when it is finished: it begins again. */
  readonly finished: boolean
  /** Also from another owner whose lease has not run out: nobody else can have the workspace open. */
  readonly seize: boolean
}

/** The tables of the job journal. Every write is durable when its promise resolves. */
export function createJournal(workspace: Workspace) {
  const db = workspace.withTables<JobTables>()

  /** One statement, so that of two processes one takes it and the other finds it taken. */
  const take = async ({ id, owner, now, until, early, finished, seize }: Taking): Promise<Lease | null> => {
    const taken = await db
      .updateTable('job')
      .set((eb) => ({
        owner,
        lease_until: until,
        fence: eb('fence', '+', 1),
        state: 'running' as const,
        attempts: eb('attempts', '+', 1),
        due_at: null,
        updated_at: now,
      }))
      .where('id', '=', id)
      .$if(!finished, (query) => query.where('state', 'in', ['waiting', 'running']))
      .$if(!early, (query) => query.where((eb) => eb.or([eb('due_at', 'is', null), eb('due_at', '<=', now)])))
      .$if(!seize, (query) =>
        query.where((eb) =>
          eb.or([
            eb('owner', 'is', null),
            eb('owner', '=', owner),
            eb('lease_until', 'is', null),
            eb('lease_until', '<=', now),
          ]),
        ),
      )
      .returning('fence')
      .executeTakeFirst()
    return taken ? { id, owner, fence: Number(taken.fence) } : null
  }

  const updateOwned = async (trx: typeof db, lease: Lease, change: Partial<JobRow>): Promise<boolean> => {
    const result = await trx
      .updateTable('job')
      .set(change)
      .where('id', '=', lease.id)
      .where('fence', '=', lease.fence)
      .executeTakeFirst()
    return Number(result.numUpdatedRows) === 1
  }

  return {
    take,
    /** @returns whether the lease still stands; if not, nothing was written. */
    updateOwned: (lease: Lease, change: Partial<JobRow>) => updateOwned(db, lease, change),

    /** Records a step if the lease still stands. The job's row is written first, so that nobody takes it meanwhile. */
    recordStep: (lease: Lease, step: JobTables['job_step']): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        if (!(await updateOwned(trx, lease, { updated_at: step.at }))) return false
        await trx
          .insertInto('job_step')
          .values(step)
          .onConflict((conflict) => conflict.columns(['job_id', 'key']).doUpdateSet(step))
          .execute()
        return true
      }),

    /** Forgets the steps of an earlier run if the lease still stands. */
    clearSteps: (lease: Lease): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        if (!(await updateOwned(trx, lease, { owner: lease.owner }))) return false
        await trx.deleteFrom('job_step').where('job_id', '=', lease.id).execute()
        return true
      }),

    /** Gives back what this owner holds, so that another takes it up at once. */
    release: (owner: string) =>
      db.updateTable('job').set({ owner: null, lease_until: null }).where('owner', '=', owner).execute(),

    find: (id: string) => db.selectFrom('job').selectAll().where('id', '=', id).executeTakeFirst(),
    findByKey: (key: string) => db.selectFrom('job').selectAll().where('idempotency_key', '=', key).executeTakeFirst(),
    unfinished: () =>
      db.selectFrom('job').selectAll().where('state', 'in', ['waiting', 'running']).orderBy('due_at').execute(),
    /** @returns the id of the job that has this idempotency key now, whoever wrote it. */
    async insert(row: JobRow): Promise<string> {
      await db
        .insertInto('job')
        .values(row)
        .onConflict((conflict) => conflict.column('idempotency_key').doNothing())
        .execute()
      const { id } = await db
        .selectFrom('job')
        .select('id')
        .where('idempotency_key', '=', row.idempotency_key)
        .executeTakeFirstOrThrow()
      return id
    },
    update: (id: string, change: Partial<JobRow>) => db.updateTable('job').set(change).where('id', '=', id).execute(),
    remove: (id: string) => db.deleteFrom('job').where('id', '=', id).execute(),
    removeBeginning: async (prefix: string): Promise<void> => {
      await db
        .deleteFrom('job')
        .where('idempotency_key', '>=', prefix)
        .where('idempotency_key', '<', `${prefix}\u{10ffff}`)
        .execute()
    },
    step: (jobId: string, key: string) =>
      db.selectFrom('job_step').selectAll().where('job_id', '=', jobId).where('key', '=', key).executeTakeFirst(),
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

export type Journal = ReturnType<typeof createJournal>

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
