import { asAppError } from '#preload/contract/error.ts'
import type { AlertRow } from '#preload/observability/alerts.ts'
import { api } from '#renderer/rpc/client.ts'
import { requireApplication } from '#renderer/rpc/connection.ts'
import { plural } from '#renderer/ui/format.ts'
import { toast } from '#renderer/ui/toasts.ts'
import { idsOf, knownOf, type Target } from './target.ts'

/** What an action did, and how to take it back where that is possible. */
export type Done = { readonly text: string; readonly undo: (() => Promise<unknown>) | null }

/** The most ids one call takes. */
const batch = 10_000

/** Acts on any number of alerts. Answers how many were changed. */
async function inBatches(
  ids: readonly string[],
  act: (ids: string[]) => Promise<{ readonly changed: number }>,
): Promise<number> {
  requireApplication()
  let changed = 0
  for (let at = 0; at < ids.length; at += batch) changed += (await act(ids.slice(at, at + batch))).changed
  return changed
}

const idsOfRows = (rows: readonly AlertRow[]): string[] => rows.map(({ id }) => id)

/** `2 had resolved`: the engine leaves out what is not open any more. */
const left = (asked: number, changed: number, why: string): string =>
  asked === changed ? '' : `; ${asked - changed} ${why}`

const acknowledgeIds = (ids: readonly string[], comment: string) =>
  inBatches(ids, (some) => api.alerts.acknowledge({ ids: some, comment }))
const unacknowledgeIds = (ids: readonly string[]) => inBatches(ids, (some) => api.alerts.unacknowledge({ ids: some }))
const assignIds = (ids: readonly string[], assignee: string | null) =>
  inBatches(ids, (some) => api.alerts.assign({ ids: some, assignee }))

/** Alerts that someone is on already keep their acknowledgement, unless there are no others. */
export async function acknowledge(target: Target, comment: string): Promise<Done> {
  const taken = new Set(idsOfRows(knownOf(target).filter(({ acknowledgement }) => acknowledgement !== null)))
  const all = await idsOf(target)
  const free = all.filter((id) => !taken.has(id))
  const ids = free.length === 0 ? all : free
  const changed = await acknowledgeIds(ids, comment)
  return {
    text: `Acknowledged ${plural(changed, 'alert')}${left(ids.length, changed, 'had resolved')}.`,
    // Of "all", nobody knows whose acknowledgement was replaced.
    undo: target.kind === 'alerts' && free.length > 0 ? () => unacknowledgeIds(ids) : null,
  }
}

export async function unacknowledge(target: Target): Promise<Done> {
  const ids = await idsOf(target)
  const changed = await unacknowledgeIds(ids)
  return {
    text: `Took the acknowledgement of ${plural(changed, 'alert')} back.`,
    undo: target.kind === 'alerts' ? () => acknowledgeAgain(target.alerts) : null,
  }
}

async function acknowledgeAgain(alerts: readonly AlertRow[]): Promise<void> {
  const byComment = Map.groupBy(
    alerts.filter(({ acknowledgement }) => acknowledgement !== null),
    ({ acknowledgement }) => acknowledgement?.comment ?? '',
  )
  for (const [comment, rows] of byComment) await acknowledgeIds(idsOfRows(rows), comment)
}

export async function assign(target: Target, assignee: string | null): Promise<Done> {
  const changed = await assignIds(await idsOf(target), assignee)
  const alerts = plural(changed, 'alert')
  return {
    text: assignee === null ? `${alerts} assigned to nobody now.` : `Assigned ${alerts} to ${assignee}.`,
    undo: target.kind === 'alerts' ? () => assignAgain(target.alerts) : null,
  }
}

async function assignAgain(alerts: readonly AlertRow[]): Promise<void> {
  for (const [assignee, rows] of Map.groupBy(alerts, (alert) => alert.assignee))
    await assignIds(idsOfRows(rows), assignee)
}

/** Notes are part of the record and are not taken back. */
export async function note(target: Target, text: string): Promise<Done> {
  const changed = await inBatches(await idsOf(target), (ids) => api.alerts.note({ ids, text }))
  return { text: `Added the note to ${plural(changed, 'alert')}.`, undo: null }
}

/** Tells what was done, with Undo where there is one. */
export function announce({ text, undo }: Done): void {
  if (undo === null) {
    toast(text)
    return
  }
  const run = () =>
    undo().then(
      () => toast('Undone.'),
      (thrown: unknown) => toast(`Could not be undone. ${asAppError(thrown).message}`, { tone: 'failed' }),
    )
  toast(text, { action: { label: 'Undo', run } })
}
