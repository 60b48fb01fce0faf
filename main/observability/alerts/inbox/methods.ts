import type { InboxService } from './service.ts'

type NoInput = Readonly<Record<string, never>>

/** The inbox as it is called across the thread: every method takes one input, and a signal. */
export const inboxMethods = (inbox: InboxService) => ({
  setSources: inbox.setSources,
  setOverlays: inbox.setOverlays,
  setLocalSilences: inbox.setLocalSilences,
  list: inbox.list,
  ids: inbox.ids,
  rows: inbox.rows,
  occurrences: inbox.occurrences,
  get: inbox.get,
  history: inbox.history,
  related: inbox.related,
  graph: inbox.graph,
  labelNames: (_: NoInput) => inbox.labelNames(),
  labelValues: inbox.labelValues,
  sourceStates: (_: NoInput) => inbox.sourceStates(),
  pulse: (_: NoInput) => inbox.pulse(),
  refresh: inbox.refresh,
  silences: (_: NoInput) => inbox.silences(),
  suppressedCounts: (_: NoInput) => inbox.suppressedCounts(),
  targets: (_: NoInput) => inbox.targets(),
  targetMembers: inbox.targetMembers,
  preview: inbox.preview,
  pruneHistory: inbox.prune,
})

export type InboxMethods = ReturnType<typeof inboxMethods>
