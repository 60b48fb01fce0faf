import { isUniqueViolation } from '#main/kernel/store/portable.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import { AppError } from '#preload/contract/error.ts'
import type { AnalysisRun } from '#preload/deployment/analysis.ts'
import type { LastMeasured } from '#preload/deployment/measurement.ts'
import type { Rollout, RolloutDetail, RolloutEvent, RolloutState } from '#preload/deployment/rollouts.ts'
import type { RecordedConfiguration } from './configuration.ts'
import { recordedRow } from './configuration-store.ts'
import type { RolloutTables } from './tables.ts'

export type StoredRollout = Rollout & Pick<RolloutDetail, 'analysis' | 'approvals'>

/** What ends a rollout. */
const endStates: ReadonlySet<RolloutState> = new Set(['succeeded', 'rolled-back', 'failed', 'cancelled'])

/** Beside the looks of a rollout; none of them has this key. */
const lastKey = 'last measured'

type Filter = {
  readonly environment?: string | undefined
  readonly service?: string | undefined
  readonly limit: number
}

/** Rollouts, what happened in them, and what was measured. */
export function createRolloutHistory(workspace: Workspace) {
  const db = workspace.withTables<RolloutTables>()
  return {
    /** Those under way, and the newest that ended. */
    async list({ environment, service, limit }: Filter): Promise<StoredRollout[]> {
      const rollouts = db
        .selectFrom('rollout')
        .selectAll()
        .$if(environment !== undefined, (query) => query.where('environment', '=', environment ?? ''))
        .$if(service !== undefined, (query) => query.where('service', '=', service ?? ''))
        .orderBy('started_at', 'desc')
        .orderBy('id', 'desc')
      const running = await rollouts.where('busy', 'is not', null).execute()
      const ended = await rollouts.where('busy', 'is', null).limit(limit).execute()
      return [...running, ...ended].map(rolloutOf)
    },

    /** Those that have not ended. */
    running: async (): Promise<StoredRollout[]> =>
      (await db.selectFrom('rollout').selectAll().where('busy', 'is not', null).execute()).map(rolloutOf),

    async find(id: string): Promise<StoredRollout | null> {
      const row = await db.selectFrom('rollout').selectAll().where('id', '=', id).executeTakeFirst()
      return row ? rolloutOf(row) : null
    },

    /**
     * Together with what its version is started with; null where that is recorded already.
     * @throws AppError `conflict` when one of the same service runs in the same environment.
     */
    async insert(rollout: StoredRollout, recorded: RecordedConfiguration | null): Promise<void> {
      await db
        .transaction()
        .execute(async (trx) => {
          await trx.insertInto('rollout').values(rowOf(rollout)).execute()
          if (recorded !== null)
            await trx.insertInto('recorded_configuration').values(recordedRow(rollout, recorded)).execute()
        })
        .catch((thrown: unknown) => {
          if (!isUniqueViolation(thrown)) throw thrown
          throw new AppError('conflict', `Another rollout of ${rollout.service} runs in ${rollout.environment}.`, {
            hint: 'Wait until it ends, or abort it.',
          })
        })
    },

    async change(
      id: string,
      change: Partial<Pick<Rollout, 'state' | 'phase' | 'step' | 'weight' | 'endedAt' | 'jobId'>>,
    ) {
      const { endedAt, jobId, state, ...rest } = change
      await db
        .updateTable('rollout')
        .set({
          ...rest,
          ...(state === undefined ? {} : { state, ...(endStates.has(state) ? { busy: null } : {}) }),
          ...(endedAt === undefined ? {} : { ended_at: endedAt }),
          ...(jobId === undefined ? {} : { job_id: jobId }),
        })
        .where('id', '=', id)
        .execute()
    },

    async events(id: string): Promise<RolloutEvent[]> {
      const rows = await db
        .selectFrom('rollout_event')
        .selectAll()
        .where('rollout_id', '=', id)
        .orderBy('ordinal')
        .execute()
      return rows.map(({ at, kind, text, by }) => ({ at, kind: kind as RolloutEvent['kind'], text, by }))
    },

    /** Told once for each: an ordinal is the place of the event in the rollout. */
    async addEvent(id: string, { at, kind, text, by }: RolloutEvent): Promise<void> {
      await db.transaction().execute(async (trx) => {
        const last = await trx
          .selectFrom('rollout_event')
          .select(['ordinal', 'kind', 'text'])
          .where('rollout_id', '=', id)
          .orderBy('ordinal', 'desc')
          .limit(1)
          .executeTakeFirst()
        if (last?.kind === kind && last.text === text) return // said already, before an interruption
        await trx
          .insertInto('rollout_event')
          .values({ rollout_id: id, ordinal: (last?.ordinal ?? 0) + 1, at, kind, text, by })
          .execute()
      })
    },

    async analysisRuns(id: string): Promise<AnalysisRun[]> {
      const rows = await db
        .selectFrom('rollout_analysis')
        .select('run')
        .where('rollout_id', '=', id)
        .where('key', '!=', lastKey)
        .orderBy('at')
        .orderBy('key')
        .execute()
      return rows.map(({ run }) => JSON.parse(run) as AnalysisRun)
    },

    /** Why those of them that went back did. */
    async reasons(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
      if (ids.length === 0) return new Map()
      const rows = await db
        .selectFrom('rollout_event')
        .select(['rollout_id', 'text'])
        .where('kind', '=', 'rollback')
        .where('rollout_id', 'in', ids)
        .orderBy('ordinal')
        .execute()
      return new Map(rows.map(({ rollout_id, text }) => [rollout_id, text]))
    },

    /** What was measured of its versions last; null for one that has not ended. */
    async lastMeasured(id: string): Promise<LastMeasured | null> {
      const row = await db
        .selectFrom('rollout_analysis')
        .select('run')
        .where('rollout_id', '=', id)
        .where('key', '=', lastKey)
        .executeTakeFirst()
      return row ? (JSON.parse(row.run) as LastMeasured) : null
    },

    async keepLastMeasured(id: string, measured: LastMeasured): Promise<void> {
      const run = JSON.stringify(measured)
      await db
        .insertInto('rollout_analysis')
        .values({ rollout_id: id, key: lastKey, at: measured.at, run })
        .onConflict((conflict) => conflict.columns(['rollout_id', 'key']).doUpdateSet({ run, at: measured.at }))
        .execute()
    },

    async addAnalysis(id: string, key: string, run: AnalysisRun): Promise<void> {
      await db
        .insertInto('rollout_analysis')
        .values({ rollout_id: id, key, at: run.at, run: JSON.stringify(run) })
        .onConflict((conflict) => conflict.columns(['rollout_id', 'key']).doUpdateSet({ run: JSON.stringify(run) }))
        .execute()
    },
  }
}

export type RolloutHistory = ReturnType<typeof createRolloutHistory>

const rowOf = (rollout: StoredRollout): RolloutTables['rollout'] => ({
  id: rollout.id,
  environment: rollout.environment,
  service: rollout.service,
  from_version: rollout.fromVersion,
  to_version: rollout.toVersion,
  strategy: JSON.stringify(rollout.strategy),
  analysis: JSON.stringify(rollout.analysis),
  approvals: JSON.stringify(rollout.approvals),
  state: rollout.state,
  phase: rollout.phase,
  step: rollout.step,
  weight: rollout.weight,
  is_rollback: rollout.isRollback ? 1 : 0,
  started_by: rollout.startedBy,
  started_at: rollout.startedAt,
  ended_at: rollout.endedAt,
  job_id: rollout.jobId,
  busy: endStates.has(rollout.state) ? null : `${rollout.environment}/${rollout.service}`,
})

const rolloutOf = (row: RolloutTables['rollout']): StoredRollout => ({
  id: row.id,
  environment: row.environment,
  service: row.service,
  fromVersion: row.from_version,
  toVersion: row.to_version,
  strategy: JSON.parse(row.strategy),
  analysis: JSON.parse(row.analysis),
  approvals: JSON.parse(row.approvals),
  state: row.state,
  phase: row.phase,
  step: row.step,
  weight: row.weight,
  isRollback: row.is_rollback === 1,
  startedBy: row.started_by,
  startedAt: row.started_at,
  endedAt: row.ended_at,
  jobId: row.job_id,
})
