import { AppError, type ErrorShape } from '#preload/contract/error.ts'
import {
  endedJobsListed,
  type Job,
  type JobDetail,
  type JobEntry,
  type JobTask,
} from '#preload/lifecycle/operations.ts'
import type { Workspace } from '../store/workspace.ts'
import { cancelRefusal, retryRefusal } from './choices.ts'
import type { HumanTask, JobKind } from './kind.ts'
import { shown } from './shown.ts'
import type { JobRow, JobTables, StepRow } from './tables.ts'

const linesShown = 500
const signalsShown = 100

type Brief = Pick<StepRow, 'job_id' | 'key' | 'at' | 'outcome' | 'kind' | 'detail' | 'wakes_at'>

/** What a person is shown of the journal; nothing is written. */
export function createListing(workspace: Workspace) {
  const db = workspace.withTables<JobTables>()
  const related = () => db.selectFrom('job').select(['id', 'title', 'state'])

  return {
    async list(): Promise<Job[]> {
      const jobs = db.selectFrom('job').selectAll().orderBy('updated_at', 'desc')
      const rows = [
        ...(await jobs.where('state', 'in', ['running', 'waiting']).execute()),
        ...(await jobs.where('state', 'not in', ['running', 'waiting']).limit(endedJobsListed).execute()),
      ]
      if (rows.length === 0) return []
      const ids = rows.map((row) => row.id)
      const steps = await db
        .selectFrom('job_step')
        .select(['job_id', 'key', 'at', 'outcome', 'kind', 'detail', 'wakes_at'])
        .where('job_id', 'in', ids)
        .orderBy('ordinal')
        .orderBy('at')
        .execute()
      const stepsOf = Map.groupBy(steps, (step) => step.job_id)
      return rows.map((row) => jobFrom(row, stepsOf.get(row.id) ?? []))
    },

    /** @throws AppError `not_found`. */
    async detail(id: string, kindOf: (name: string) => JobKind | undefined): Promise<JobDetail> {
      const row = await db.selectFrom('job').selectAll().where('id', '=', id).executeTakeFirst()
      if (!row) throw new AppError('not_found', 'This job is not in the journal any more.')
      const steps = await db
        .selectFrom('job_step')
        .selectAll()
        .where('job_id', '=', id)
        .orderBy('ordinal')
        .orderBy('at')
        .execute()
      const logs = await db
        .selectFrom('job_log')
        .select(['at', 'level', 'text'])
        .where('job_id', '=', id)
        .orderBy('ordinal', 'desc')
        .limit(linesShown)
        .execute()
      const signals = await db
        .selectFrom('job_signal')
        .select(['name', 'at', 'taken_by'])
        .where('job_id', '=', id)
        .orderBy('ordinal', 'desc')
        .limit(signalsShown)
        .execute()
      const parent = row.parent === null ? undefined : await related().where('id', '=', row.parent).executeTakeFirst()
      const children = await related().where('parent', '=', id).orderBy('created_at').execute()
      const kind = kindOf(row.kind)
      return {
        ...jobFrom(row, steps),
        version: row.version,
        begunAt: row.begun_at,
        endedAt: row.state === 'waiting' || row.state === 'running' ? null : row.updated_at,
        deadline: row.deadline,
        cancelledAt: row.cancelled_at,
        cancelledBy: row.cancelled_by,
        input: kind?.describe ? asJson(shown(kind.describe(JSON.parse(row.input)))) : null,
        timeline: steps.map(entryFrom),
        logs: logs.toReversed(),
        signals: signals.toReversed().map(({ name, at, taken_by }) => ({ name, at, takenBy: taken_by })),
        tasks: inItsMiddle(row) ? steps.filter(isOpenTask).map(taskFrom) : [],
        parent: parent ?? null,
        children,
        cancelRefusal: cancelRefusal(row, kind),
        retryRefusal: steps.length === 0 ? 'Nothing is recorded of it.' : await retryRefusal(row, kind),
      }
    },
  }
}

const errorFrom = (text: string | null): ErrorShape | null => (text === null ? null : (JSON.parse(text) as ErrorShape))

/** What came out of JSON and was redacted is JSON still. */
const asJson = (value: unknown): JobDetail['input'] => value as JobDetail['input']

function jobFrom(row: JobRow, steps: readonly Brief[]): Job {
  return {
    id: row.id,
    kind: row.kind,
    title: row.title,
    state: row.state,
    undoing: row.ending !== null && (row.state === 'running' || row.state === 'waiting'),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    dueAt: row.due_at,
    attempts: row.attempts,
    error: errorFrom(row.error),
    progress: row.progress,
    steps: steps.filter(({ kind }) => kind === 'step').map(({ key, at, outcome }) => ({ key, at, outcome })),
    waits: inItsMiddle(row) ? waitsOf(steps) : [],
    parentId: row.parent,
  }
}

/** What it waits for is waited for: it has not ended, and is not being undone or begun anew. */
const inItsMiddle = ({ state, suspended, ending }: JobRow): boolean =>
  (state === 'running' || (state === 'waiting' && suspended === 1)) && ending === null

const isOpenTask = ({ kind, outcome }: StepRow): boolean => kind === 'task' && outcome === 'started'

const waitsOf = (steps: readonly Brief[]): Job['waits'] =>
  steps
    .filter(({ kind, outcome }) => kind !== 'step' && outcome === 'started')
    .map((step) => ({ key: step.key, kind: step.kind, what: whatOf(step), until: step.wakes_at }))

type Wait = Pick<StepRow, 'kind' | 'detail'>

function whatOf({ kind, detail }: Wait): string {
  if (detail === null) return ''
  if (kind === 'task') return (JSON.parse(detail) as HumanTask).title
  return kind === 'child' ? (JSON.parse(detail) as { title: string }).title : detail
}

const taskFrom = ({ key, detail, wakes_at }: StepRow): JobTask => {
  const { title, text, choices } = JSON.parse(detail ?? '{}') as HumanTask
  return { key, title, text, choices: [...choices], until: wakes_at }
}

function entryFrom(step: StepRow): JobEntry {
  const ended = step.outcome !== 'started'
  return {
    key: step.key,
    kind: step.kind,
    what: whatOf(step),
    outcome: step.outcome,
    beganAt: step.began_at ?? step.at,
    endedAt: ended ? step.at : null,
    until: step.wakes_at,
    tries: step.tries,
    input: step.input === null ? null : JSON.parse(step.input),
    output: step.outcome === 'succeeded' ? asJson(shown(JSON.parse(step.output))) : null,
    error: step.outcome === 'failed' ? errorFrom(step.output) : null,
    childId: step.kind === 'child' && step.detail !== null ? (JSON.parse(step.detail) as { id: string }).id : null,
    undo:
      step.undo === null
        ? null
        : {
            outcome: step.undo,
            beganAt: step.undo_began_at ?? step.at,
            endedAt: step.undo_at,
            error: errorFrom(step.undo_error),
          },
  }
}
