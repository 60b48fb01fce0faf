import type { Workspace } from '../store/workspace.ts'
import { type Lease, updateOwned, wake } from './journal.ts'
import type { LogLevel, Signalled } from './kind.ts'
import type { JobRow, JobTables, StepRow } from './tables.ts'

/** More lines than anybody reads of one job; the oldest go first. */
const linesKept = 2_000

/** What happened to a write that needed something to be as it was. */
export type Written = 'written' | 'too late' | 'taken'

/** What jobs record while they run: steps and waits, the signals sent to them, and their logs. */
export function createEntries(workspace: Workspace) {
  const db = workspace.withTables<JobTables>()
  type Trx = typeof db

  const upsert = (trx: Trx, step: StepRow) =>
    trx
      .insertInto('job_step')
      .values(step)
      .onConflict((conflict) => conflict.columns(['job_id', 'key']).doUpdateSet(step))
      .execute()

  const nextOrdinal = async (trx: Trx, table: 'job_signal' | 'job_log', id: string): Promise<number> => {
    const row = await trx
      .selectFrom(table)
      .select(({ fn }) => fn.max('ordinal').as('last'))
      .where('job_id', '=', id)
      .executeTakeFirst()
    return Number(row?.last ?? 0) + 1
  }

  return {
    all: (id: string) => db.selectFrom('job_step').selectAll().where('job_id', '=', id).orderBy('ordinal').execute(),
    find: (id: string, key: string) =>
      db.selectFrom('job_step').selectAll().where('job_id', '=', id).where('key', '=', key).executeTakeFirst(),

    /**
     * Records a step if the lease still stands, together with the child job that it begins. The job's row is written
     * first, so that nobody takes it meanwhile.
     */
    record: (lease: Lease, step: StepRow, child?: JobRow): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        if (!(await updateOwned(trx, lease, { updated_at: step.at }))) return false
        if (child) await trx.insertInto('job').values(child).execute()
        await upsert(trx, step)
        return true
      }),

    /** Ends a wait unless it has ended: somebody may have answered at this very moment. */
    endWait: (lease: Lease, step: StepRow): Promise<Written> =>
      db.transaction().execute(async (trx) => {
        if (!(await updateOwned(trx, lease, { updated_at: step.at }))) return 'taken'
        const result = await trx
          .updateTable('job_step')
          .set({ outcome: step.outcome, output: step.output, at: step.at, attempt: step.attempt })
          .where('job_id', '=', lease.id)
          .where('key', '=', step.key)
          .where('outcome', '=', 'started')
          .executeTakeFirst()
        return Number(result.numUpdatedRows) === 1 ? 'written' : 'too late'
      }),

    /**
     * Takes the oldest signal of this name and records it as what the step answered, both or neither. Without a signal
     * `step` is recorded only on demand. @returns the signal, null when there is none, or that the lease is gone.
     */
    takeSignal: (
      lease: Lease,
      step: StepRow,
      name: string,
      evenWithout: boolean,
    ): Promise<Signalled | null | 'taken'> =>
      db.transaction().execute(async (trx) => {
        if (!(await updateOwned(trx, lease, { owner: lease.owner }))) return 'taken'
        const found = await trx
          .selectFrom('job_signal')
          .select(['ordinal', 'payload', 'at'])
          .where('job_id', '=', lease.id)
          .where('name', '=', name)
          .where('taken_by', 'is', null)
          .orderBy('ordinal')
          .limit(1)
          .executeTakeFirst()
        const signal = found ? { payload: JSON.parse(found.payload) as unknown, at: found.at } : null
        if (found)
          await trx
            .updateTable('job_signal')
            .set({ taken_by: step.key })
            .where('job_id', '=', lease.id)
            .where('ordinal', '=', found.ordinal)
            .execute()
        if (found || evenWithout) await upsert(trx, { ...step, output: JSON.stringify(signal) })
        return signal
      }),

    /** Writes how the compensation of a step goes, if the lease still stands. */
    recordUndo: (lease: Lease, key: string, at: string, change: Partial<StepRow>): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        if (!(await updateOwned(trx, lease, { updated_at: at }))) return false
        await trx.updateTable('job_step').set(change).where('job_id', '=', lease.id).where('key', '=', key).execute()
        return true
      }),

    addLog: (lease: Lease, line: { readonly at: string; readonly level: LogLevel; readonly text: string }) =>
      db.transaction().execute(async (trx): Promise<boolean> => {
        if (!(await updateOwned(trx, lease, { updated_at: line.at }))) return false
        const ordinal = await nextOrdinal(trx, 'job_log', lease.id)
        await trx
          .insertInto('job_log')
          .values({ job_id: lease.id, ordinal, ...line })
          .execute()
        await trx
          .deleteFrom('job_log')
          .where('job_id', '=', lease.id)
          .where('ordinal', '<=', ordinal - linesKept)
          .execute()
        return true
      }),

    /** @returns false when the job has ended or never was. */
    send: (id: string, name: string, payload: string, at: string): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        await wake(trx, id, at)
        const row = await trx.selectFrom('job').select('state').where('id', '=', id).executeTakeFirst()
        if (row?.state !== 'waiting' && row?.state !== 'running') return false
        const ordinal = await nextOrdinal(trx, 'job_signal', id)
        await trx.insertInto('job_signal').values({ job_id: id, ordinal, name, payload, at, taken_by: null }).execute()
        return true
      }),

    /** Answers a task that is open and not overdue. @returns whether it was. */
    answer: (id: string, key: string, output: string, at: string): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        await wake(trx, id, at)
        const result = await trx
          .updateTable('job_step')
          .set({ outcome: 'succeeded', output, at })
          .where('job_id', '=', id)
          .where('key', '=', key)
          .where('kind', '=', 'task')
          .where('outcome', '=', 'started')
          .where((eb) => eb.or([eb('wakes_at', 'is', null), eb('wakes_at', '>', at)]))
          .executeTakeFirst()
        return Number(result.numUpdatedRows) === 1
      }),

    /**
     * Forgets what was recorded from `ordinal` on and lets the job go on from there, unless somebody has begun it since
     * `fence`. @returns whether it does.
     */
    forgetFrom: (id: string, fence: number, ordinal: number, change: Partial<JobRow>): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        const result = await trx
          .updateTable('job')
          .set(change)
          .where('id', '=', id)
          .where('fence', '=', fence)
          .where('state', '<>', 'running')
          .executeTakeFirst()
        if (Number(result.numUpdatedRows) !== 1) return false
        await trx.deleteFrom('job_step').where('job_id', '=', id).where('ordinal', '>=', ordinal).execute()
        return true
      }),
  }
}

export type Entries = ReturnType<typeof createEntries>
