import type { Clock } from '#main/kernel/clock.ts'
import type { Context, Handlers } from '#main/kernel/service.ts'
import type { Remote } from '#main/kernel/worker/channel.ts'
import type { alerts, InboxPulse } from '#preload/observability/alerts.ts'
import type { InboxMethods } from './inbox/methods.ts'
import type { Actor, AlertService } from './service.ts'

type Ports = {
  readonly service: AlertService
  readonly inbox: Remote<InboxMethods>
  readonly clock: Clock
  readonly pulses: (signal: AbortSignal) => AsyncIterable<InboxPulse>
}

const actorOf = ({ caller, correlationId }: Context): Actor => ({ name: caller.name, correlationId })

/** A year and a month: what the history query covers when no range is asked for. */
const longHistoryMs = 400 * 24 * 3600_000

export function alertHandlers({ service, inbox, clock, pulses }: Ports): Handlers<typeof alerts> {
  return {
    list: (view, { signal }) => inbox.list(view, signal),
    ids: (filter, { signal }) => inbox.ids(filter, signal),
    get: ({ id }, { signal }) => inbox.get(id, signal),
    history: ({ id, from, to }, { signal }) => {
      const until = to ? Date.parse(to) : clock.now()
      return inbox.history({ id, from: from ? Date.parse(from) : until - longHistoryMs, to: until }, signal)
    },
    related: ({ id }, { signal }) => inbox.related(id, signal),
    activity: ({ id }) => service.activity(id),
    graph: ({ from, to, ...request }, { signal }) =>
      inbox.graph({ ...request, from: Date.parse(from), to: Date.parse(to) }, signal),
    labelNames: (_, { signal }) => inbox.labelNames({}, signal),
    labelValues: ({ name }, { signal }) => inbox.labelValues(name, signal),
    sources: (_, { signal }) => inbox.sourceStates({}, signal),
    watch: (_, { signal }) => pulses(signal),

    refresh: async ({ source }, { signal }) => ({ asked: await inbox.refresh(source ?? null, signal) }),

    async acknowledge({ ids, comment }, context) {
      const { ids: changed, before } = await service.acknowledge(ids, comment, actorOf(context))
      context.record({ targets: changed, before, after: { acknowledged: true, comment } })
      return { changed: changed.length }
    },
    async unacknowledge({ ids }, context) {
      const { ids: changed, before } = await service.unacknowledge(ids, actorOf(context))
      context.record({ targets: changed, before, after: { acknowledged: false } })
      return { changed: changed.length }
    },
    async assign({ ids, assignee }, context) {
      const { ids: changed, before } = await service.assign(ids, assignee, actorOf(context))
      context.record({ targets: changed, before, after: { assigned: assignee !== null } })
      return { changed: changed.length }
    },
    async note({ ids, text }, context) {
      const { ids: changed } = await service.note(ids, text, actorOf(context))
      context.record({ targets: changed, after: { note: text } })
      return { changed: changed.length }
    },
  }
}
