import { hash } from 'node:crypto'
import { sql } from 'kysely'
import { canonical } from '../audit/canonical.ts'
import type { Workspace } from '../store/workspace.ts'
import type { JobRow, JobTables } from './tables.ts'

export { durableJobTables, type JobRow, type JobTables, jobLeaseColumns, jobTables } from './tables.ts'

/** What a step was given, so that a resumed job never takes the result of other work for its own. */
export const hashInput = (input: unknown): string => hash('sha256', canonical(input ?? null), 'hex')

/** The right to carry out one job. Whoever takes the job next gets a higher fence, and this one is worth nothing. */
export type Lease = { readonly id: string; readonly owner: string; readonly fence: number }

/** Who may take a job away from whom. */
type Taking = {
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

/** How a run begins: with nothing recorded. */
type Beginning = { readonly now: string; readonly version: number; readonly deadline: string | null }

/** What a run waits for when it gives its lease back. */
export type WaitedFor = {
  readonly signals: readonly string[]
  readonly tasks: readonly string[]
  readonly children: readonly string[]
  readonly until: string | null
  /** It goes forward, so that a cancellation keeps it from waiting. */
  readonly forward: boolean
}

/** How a run leaves its job; without attempts it is over. */
type Ending = Partial<JobRow> & { readonly updated_at: string; readonly attempts: number }

/** Why a job was not suspended: what it waits for has come, it is cancelled, or another process has it by now. */
export type Suspension = 'suspended' | 'ready' | 'cancelled' | 'taken'

/** Nothing of an earlier run holds any more; until `begin` nothing of the new one is recorded. */
const anew = { begun_at: null, cancelled_at: null, cancelled_by: null, ending: null } as const

export const terminal = ['succeeded', 'failed', 'cancelled'] as const

type Tables = ReturnType<typeof tablesOf>
const tablesOf = (workspace: Workspace) => workspace.withTables<JobTables>()

/** @returns whether the lease still stands; if not, nothing was written. Holds the row until the transaction ends. */
export async function updateOwned(trx: Tables, lease: Lease, change: Partial<JobRow>): Promise<boolean> {
  const result = await trx
    .updateTable('job')
    .set(change)
    .where('id', '=', lease.id)
    .where('fence', '=', lease.fence)
    .executeTakeFirst()
  return Number(result.numUpdatedRows) === 1
}

/**
 * Makes a job that waits in the middle of its function due. Writes its row even when it does not wait yet: whoever is
 * about to let it wait writes the row, too, and so looks either before this transaction or after it, never between.
 */
export const wake = (trx: Tables, id: string, now: string) =>
  trx
    .updateTable('job')
    .set({ due_at: sql<string | null>`case when state = 'waiting' and suspended = 1 then ${now} else due_at end` })
    .where('id', '=', id)
    .execute()

/** The rows of jobs, and the leases on them. Every write is durable when its promise resolves. */
export function createJournal(workspace: Workspace) {
  const db = tablesOf(workspace)

  return {
    /**
     * One statement, so that of two processes one takes it and the other finds it taken. An attempt begins unless the
     * job only goes on, after a wait or after its process has gone.
     */
    async take({ id, owner, now, until, early, finished, seize }: Taking): Promise<JobRow | null> {
      const taken = await db
        .updateTable('job')
        .set({
          owner,
          lease_until: until,
          fence: sql<number>`fence + 1`,
          state: 'running',
          attempts: sql<number>`attempts + case when state = 'running' or suspended = 1 then 0 else 1 end`,
          suspended: 0,
          due_at: null,
          updated_at: now,
          ...(finished ? anew : {}),
        })
        .where('id', '=', id)
        .$if(!finished, (query) => query.where('state', 'in', ['waiting', 'running']))
        .$if(!early, (query) =>
          query.where((eb) =>
            eb.or([eb.and([eb('due_at', 'is', null), eb('suspended', '=', 0)]), eb('due_at', '<=', now)]),
          ),
        )
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
        .returningAll()
        .executeTakeFirst()
      return taken ?? null
    },

    updateOwned: (lease: Lease, change: Partial<JobRow>) => updateOwned(db, lease, change),

    /** @returns whether the lease still stands, and whether somebody has cancelled the job. */
    async renew(lease: Lease, until: string): Promise<'kept' | 'cancelled' | 'taken'> {
      const row = await db
        .updateTable('job')
        .set({ lease_until: until })
        .where('id', '=', lease.id)
        .where('fence', '=', lease.fence)
        .returning('cancelled_at')
        .executeTakeFirst()
      return row === undefined ? 'taken' : row.cancelled_at === null ? 'kept' : 'cancelled'
    },

    /** Begins a run, forgetting what an earlier one left, if the lease still stands. */
    begin: (lease: Lease, { now, version, deadline }: Beginning): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        if (!(await updateOwned(trx, lease, { begun_at: now, version, deadline, attempts: 1 }))) return false
        await trx.deleteFrom('job_step').where('job_id', '=', lease.id).execute()
        await trx.deleteFrom('job_signal').where('job_id', '=', lease.id).where('taken_by', 'is not', null).execute()
        return true
      }),

    /** Gives the lease back until somebody wakes the job or its time comes, unless what it waits for is there. */
    suspend: (lease: Lease, { signals, tasks, children, until, forward }: WaitedFor): Promise<Suspension> =>
      db.transaction().execute(async (trx) => {
        const gone = { owner: null, lease_until: null, state: 'waiting', suspended: 1, due_at: until } as const
        if (!(await updateOwned(trx, lease, { owner: lease.owner }))) return 'taken'
        const { id } = lease
        const row = await trx.selectFrom('job').select('cancelled_at').where('id', '=', id).executeTakeFirst()
        if (forward && row?.cancelled_at) return 'cancelled'
        const came = [
          signals.length > 0 &&
            (await trx
              .selectFrom('job_signal')
              .select('ordinal')
              .where('job_id', '=', id)
              .where('taken_by', 'is', null)
              .where('name', 'in', signals)
              .executeTakeFirst()),
          tasks.length > 0 &&
            (await trx
              .selectFrom('job_step')
              .select('key')
              .where('job_id', '=', id)
              .where('key', 'in', tasks)
              .where('outcome', '<>', 'started')
              .executeTakeFirst()),
          children.length > 0 &&
            (await trx
              .selectFrom('job')
              .select('id')
              .where('id', 'in', children)
              .where('state', 'in', terminal)
              .executeTakeFirst()),
        ]
        if (came.some(Boolean)) return 'ready'
        await updateOwned(trx, lease, gone)
        return 'suspended'
      }),

    /** Ends a run, or puts off another attempt; at its end the job that waits for it is woken. */
    end: (lease: Lease, change: Ending, parent: string | null): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        if (!(await updateOwned(trx, lease, { ...change, owner: null, lease_until: null }))) return false
        if (change.attempts > 0) return true
        // What was sent too late must not be taken for something that the next run is told.
        await trx.deleteFrom('job_signal').where('job_id', '=', lease.id).where('taken_by', 'is', null).execute()
        if (parent !== null) await wake(trx, parent, change.updated_at)
        return true
      }),

    /** Changes a job that has ended, unless somebody has begun it since `fence`. */
    async updateEnded(id: string, fence: number, change: Partial<JobRow>): Promise<boolean> {
      const result = await db
        .updateTable('job')
        .set(change)
        .where('id', '=', id)
        .where('fence', '=', fence)
        .where('state', 'in', terminal)
        .executeTakeFirst()
      return Number(result.numUpdatedRows) === 1
    },

    /** Gives back what this owner holds, so that another takes it up at once. */
    release: (owner: string) =>
      db.updateTable('job').set({ owner: null, lease_until: null }).where('owner', '=', owner).execute(),

    /** Says durably that an unfinished job is to stop. @returns false when it has ended, or was told already. */
    async cancel(id: string, now: string, by: string | null): Promise<boolean> {
      const result = await db
        .updateTable('job')
        .set({
          cancelled_at: now,
          cancelled_by: by,
          due_at: sql<string | null>`case when state = 'waiting' then ${now} else due_at end`,
        })
        .where('id', '=', id)
        .where('state', 'in', ['waiting', 'running'])
        .where('cancelled_at', 'is', null)
        .where('ending', 'is', null)
        .executeTakeFirst()
      return Number(result.numUpdatedRows) === 1
    },

    find: (id: string) => db.selectFrom('job').selectAll().where('id', '=', id).executeTakeFirst(),
    findByKey: (key: string) => db.selectFrom('job').selectAll().where('idempotency_key', '=', key).executeTakeFirst(),
    unfinishedChildren: (parent: string) =>
      db
        .selectFrom('job')
        .select(['id', 'cancelled_at'])
        .where('parent', '=', parent)
        .where('state', 'in', ['waiting', 'running'])
        .execute(),

    /** What there is to carry out, but for what waits to be woken; `before` leaves out what is due later. */
    unfinished: (before: string | null) =>
      db
        .selectFrom('job')
        .select(['id', 'kind', 'owner', 'lease_until', 'due_at'])
        .where('state', 'in', ['waiting', 'running'])
        .where((eb) => eb.or([eb('suspended', '=', 0), eb('due_at', 'is not', null)]))
        .$if(before !== null, (query) =>
          query.where((eb) => eb.or([eb('due_at', 'is', null), eb('due_at', '<=', before)])),
        )
        .orderBy('due_at')
        .execute(),

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

    /** Forgets finished jobs older than `before`, and what others logged before it. */
    async prune(before: string): Promise<number> {
      await db.deleteFrom('job_log').where('at', '<', before).execute()
      const result = await db
        .deleteFrom('job')
        .where('state', 'in', terminal)
        .where('updated_at', '<', before)
        .executeTakeFirst()
      return Number(result.numDeletedRows)
    },
  }
}

export type Journal = ReturnType<typeof createJournal>
