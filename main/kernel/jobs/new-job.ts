import { Cron } from 'croner'
import { v7 as uuid } from 'uuid'
import { type Clock, iso } from '../clock.ts'
import { type JobKind, versionOf } from './kind.ts'
import type { JobRow } from './tables.ts'

type Given = {
  readonly kind: JobKind
  readonly input: unknown
  readonly key: string
  readonly title?: string | undefined
  readonly dueAt?: string | null
  readonly parent?: string | null
}

/** The row of a job that has not begun. */
export function newJob(now: string, { kind, input, key, title, dueAt = null, parent = null }: Given): JobRow {
  return {
    id: uuid(),
    kind: kind.kind,
    idempotency_key: key,
    title: title ?? kind.title,
    input: JSON.stringify(input ?? null),
    state: 'waiting',
    created_at: now,
    updated_at: now,
    due_at: dueAt,
    attempts: 0,
    error: null,
    progress: null,
    owner: null,
    lease_until: null,
    fence: 0,
    version: versionOf(kind),
    suspended: 0,
    begun_at: null,
    deadline: null,
    cancelled_at: null,
    cancelled_by: null,
    ending: null,
    parent,
  }
}

/** When a job that comes back by itself is due the next time; null for others. */
export const nextDue = ({ schedule }: JobKind, clock: Clock): string | null =>
  schedule ? (new Cron(schedule).nextRun(new Date(clock.now()))?.toISOString() ?? null) : null

export const deadlineOf = ({ timeoutMs }: JobKind, begunAt: string): string | null =>
  timeoutMs === undefined ? null : iso(Date.parse(begunAt) + timeoutMs)
