import { functionOf, type JobKind } from './kind.ts'
import type { JobRow } from './tables.ts'

/** It has begun and not ended: it runs, or waits in the middle of its function, or for its next attempt. */
export const underWay = ({ state, suspended, attempts, cancelled_at }: JobRow): boolean =>
  state === 'running' || (state === 'waiting' && (suspended === 1 || attempts > 0 || cancelled_at !== null))

const ended = (row: JobRow): boolean => row.state !== 'waiting' && row.state !== 'running'

/** It stopped because this application no longer has the code that began it. */
export const isStranded = (row: JobRow, kind: JobKind): boolean =>
  row.state === 'failed' && row.suspended === 1 && functionOf(kind, row.version) === null

/** Why a job cannot be cancelled, as a sentence; null when it can. */
export function cancelRefusal(row: JobRow, kind: JobKind | undefined): string | null {
  if (!kind) return 'This application does not carry it out, so it cannot cancel it.'
  if (isStranded(row, kind)) return null
  if (ended(row)) return 'It has ended.'
  if (row.cancelled_at !== null) return 'It is being cancelled.'
  if (row.ending !== null) return 'It has failed and is undoing what it did.'
  if (kind.schedule && !underWay(row)) return 'It waits for its time; nothing of it is under way.'
  return kind.byHand?.cancelRefusal ?? null
}

/** Why a job cannot be begun again by hand, as a sentence; null when its kind has nothing against it. */
export const againRefusal = async (row: JobRow, kind: JobKind): Promise<string | null> =>
  (await kind.byHand?.againRefusal?.(JSON.parse(row.input))) ?? null

/** Why a job cannot begin again at one of its steps, as a sentence; null when it can. */
export async function retryRefusal(row: JobRow, kind: JobKind | undefined): Promise<string | null> {
  if (!kind) return 'This application does not carry it out, so it cannot retry it.'
  if (row.state === 'running') return 'It runs.'
  if (row.state === 'waiting' && row.suspended === 1) return 'It is under way and waits; cancel it first.'
  if (row.state === 'waiting' && row.cancelled_at !== null) return 'It is being cancelled.'
  if (row.parent !== null && !ended(row)) return 'The job that began it waits for it.'
  return againRefusal(row, kind)
}
