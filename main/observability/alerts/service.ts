import { type Clock, iso } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import type { AlertActivity } from '#preload/observability/alerts.ts'
import type { Overlay } from './inbox/alert.ts'
import type { Acknowledgement, Activity, AlertStore } from './store.ts'

/** What the service needs of the inbox, which lives in a worker. */
export type InboxPort = {
  readonly occurrences: (ids: readonly string[]) => Promise<{ id: string; since: number }[]>
  readonly setOverlays: (overlays: readonly Overlay[]) => Promise<void>
}

/** Who acts, and the correlation id that ties the act to its audit entry. */
export type Actor = { readonly name: string; readonly correlationId: string }

type Before = Readonly<Record<string, unknown>>
type Changed = { readonly ids: readonly string[]; readonly before: Before }

type Ports = { readonly store: AlertStore; readonly inbox: InboxPort; readonly clock: Clock }

/**
 * What people do to alerts. An acknowledgement holds for the occurrence it was given to and ends when that resolves;
 * it never touches the source.
 */
export function createAlertService({ store, inbox, clock }: Ports) {
  const show = async (ids: readonly string[]): Promise<void> => inbox.setOverlays(await overlaysOf(ids))

  /** Overlays of all ids, empty ones too, so that the inbox also learns what was taken away. */
  const overlaysOf = async (ids: readonly string[]): Promise<Overlay[]> => {
    const known = new Map((await store.overlays(ids)).map((overlay) => [overlay.id, overlay]))
    return ids.map((id) => known.get(id) ?? { id, acknowledgement: null, assignee: null, notes: 0 })
  }

  const activityOf = (ids: readonly string[], kind: AlertActivity['kind'], text: string, actor: Actor): Activity[] =>
    ids.map((alertId) => ({
      alertId,
      at: iso(clock.now()),
      by: actor.name,
      kind,
      text,
      correlationId: actor.correlationId,
    }))

  const requireOpen = async (ids: readonly string[]): Promise<{ id: string; since: number }[]> => {
    const open = await inbox.occurrences(ids)
    if (open.length > 0) return open
    throw new AppError('conflict', ids.length === 1 ? 'This alert has resolved.' : 'These alerts have all resolved.', {
      hint: 'Only an alert that is still open can be acknowledged.',
    })
  }

  return {
    async acknowledge(ids: readonly string[], comment: string, actor: Actor): Promise<Changed> {
      const open = await requireOpen(ids)
      const at = iso(clock.now())
      const openIds = open.map(({ id }) => id)
      const before = await overlaysOf(openIds)
      const given = new Map<string, Acknowledgement>(
        open.map(({ id, since }) => [id, { by: actor.name, at, comment, since }]),
      )
      await store.acknowledge(given, activityOf(openIds, 'acknowledged', comment, actor))
      await show(openIds)
      return { ids: openIds, before: beforeOf(before, logged) }
    },

    async unacknowledge(ids: readonly string[], actor: Actor): Promise<Changed> {
      const acknowledged = (await overlaysOf(ids)).filter(({ acknowledgement }) => acknowledgement !== null)
      const acknowledgedIds = acknowledged.map(({ id }) => id)
      if (acknowledgedIds.length === 0)
        throw new AppError('conflict', 'Nothing here is acknowledged.', { hint: 'It may have resolved meanwhile.' })
      await store.acknowledge(
        new Map(acknowledgedIds.map((id) => [id, null])),
        activityOf(acknowledgedIds, 'unacknowledged', '', actor),
      )
      await show(acknowledgedIds)
      return { ids: acknowledgedIds, before: beforeOf(acknowledged, logged) }
    },

    async assign(ids: readonly string[], assignee: string | null, actor: Actor): Promise<Changed> {
      const before = await overlaysOf(ids)
      const kind = assignee === null ? 'unassigned' : 'assigned'
      await store.assign(ids, assignee, activityOf(ids, kind, assignee ?? '', actor))
      await show(ids)
      return { ids, before: beforeOf(before, ({ assignee: who }) => (who === null ? null : { assigned: true })) }
    },

    async note(ids: readonly string[], text: string, actor: Actor): Promise<Changed> {
      await store.record(activityOf(ids, 'noted', text, actor))
      await show(ids)
      return { ids, before: {} }
    },

    /** Records that a silence was made for these alerts. */
    silenced: (ids: readonly string[], text: string, actor: Actor): Promise<void> =>
      store.record(activityOf(ids, 'silenced', text, actor)),

    /** Ends the acknowledgements of alerts that resolved. */
    async clear(ids: readonly string[]): Promise<void> {
      const acknowledged = (await store.overlays(ids)).filter(({ acknowledgement }) => acknowledgement !== null)
      if (acknowledged.length === 0) return
      const cleared = acknowledged.map(({ id }) => id)
      const byItself: Actor = { name: 'application', correlationId: '' }
      await store.acknowledge(
        new Map(cleared.map((id) => [id, null])),
        activityOf(cleared, 'cleared', 'The alert resolved.', byItself),
      )
      await show(cleared)
    },

    activity: (id: string): Promise<AlertActivity[]> => store.activity(id),
    showAll: async (): Promise<void> => inbox.setOverlays(await store.overlays()),
  }
}

export type AlertService = ReturnType<typeof createAlertService>

/** What the audit log keeps of an acknowledgement: all but whose it was, which the log must be able to forget. */
const logged = ({ acknowledgement }: Overlay) =>
  acknowledgement && { at: acknowledgement.at, comment: acknowledgement.comment }

const beforeOf = (overlays: readonly Overlay[], pick: (overlay: Overlay) => unknown): Before =>
  Object.fromEntries(overlays.map((overlay) => [overlay.id, pick(overlay)]).filter(([, value]) => value !== null))
