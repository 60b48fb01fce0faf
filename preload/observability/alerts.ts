import { z } from 'zod'
import { command, defineContract, instant, nothing, personal, query, stream } from '../contract/define.ts'
import { errorShape } from '../contract/error.ts'

export const alertState = z.enum(['firing', 'pending', 'acknowledged', 'silenced', 'inhibited', 'resolved'])
export type AlertState = z.infer<typeof alertState>

/** `none` is an alert whose labels say nothing we know about its severity. */
export const severity = z.enum(['critical', 'high', 'warning', 'info', 'none'])
export type Severity = z.infer<typeof severity>

export const severities: readonly Severity[] = severity.options
export const alertStates: readonly AlertState[] = alertState.options

/** `<environment>.<fingerprint>`: the same label set in two environments is two alerts. */
export const alertId = z.string().min(1).max(100)
const alertIds = z.array(alertId).min(1, 'Select at least one alert.').max(10_000)
const comment = z.string().trim().max(10_000)

const labels = z.record(z.string(), z.string())

export const sourceKind = z.enum(['alertmanager', 'prometheus', 'embedded'])

/** Where an alert was seen. `embedded` is this application's own rules. */
const alertSource = z.object({ id: z.string(), name: z.string(), kind: sourceKind })

const acknowledgement = z.object({ by: z.string(), at: instant, comment: z.string() })

/** An alert as a list shows it: long texts are shortened, everything is in `get`. */
export const alertRow = z.object({
  id: alertId,
  name: z.string(),
  severity,
  state: alertState,
  since: instant,
  endedAt: instant.nullable(),
  summary: z.string(),
  labels,
  environment: z.string(),
  sources: z.array(alertSource),
  acknowledgement: acknowledgement.nullable(),
  assignee: z.string().nullable(),
  notes: z.number().int(),
})
export type AlertRow = z.infer<typeof alertRow>

const severityCounts = z.record(severity, z.number().int())
const stateCounts = z.record(alertState, z.number().int())

export const inboxRow = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('group'),
    /** Stable text of the group's label values; what `collapsed` lists. */
    key: z.string(),
    labels,
    count: z.number().int(),
    collapsed: z.boolean(),
    bySeverity: severityCounts,
  }),
  z.object({ kind: z.literal('alert'), alert: alertRow }),
])
export type InboxRow = z.infer<typeof inboxRow>

/** Which alerts, without order or window. Shared by the list, bulk selection and saved views. */
export const alertFilter = z.object({
  /** Alertmanager matcher syntax. */
  matchers: z.string().max(20_000).default(''),
  /** Words that must all occur in name, summary, labels or annotations, ignoring case. */
  search: z.string().max(1_000).default(''),
  states: z.array(alertState).default(['firing', 'pending', 'acknowledged']),
  severities: z.array(severity).default([]),
  environments: z.array(z.string()).default([]),
  assignee: z.string().nullable().default(null),
})
export type AlertFilter = z.output<typeof alertFilter>

export const alertSort = z.object({
  by: z.enum(['severity', 'since', 'name', 'state', 'environment', 'assignee']),
  direction: z.enum(['ascending', 'descending']),
})
export type AlertSort = z.infer<typeof alertSort>

export const inboxView = alertFilter.extend({
  groupBy: z.array(z.string()).max(8).default([]),
  collapsed: z.array(z.string()).max(10_000).default([]),
  sort: alertSort.default({ by: 'severity', direction: 'descending' }),
})
export type InboxView = z.output<typeof inboxView>

export const alertDetail = alertRow.extend({
  annotations: labels,
  sources: z.array(
    alertSource.extend({
      fingerprint: z.string(),
      state: alertState,
      since: instant,
      generatorUrl: z.string(),
      receivers: z.array(z.string()),
      silencedBy: z.array(z.string()),
      inhibitedBy: z.array(z.string()),
      lastSeenAt: instant,
    }),
  ),
  /** Null where no source tells the rule. */
  expression: z.string().nullable(),
})
export type AlertDetail = z.infer<typeof alertDetail>

/** One stretch of time in one state. `to` is null while it lasts. */
export const alertPeriod = z.object({ state: alertState, from: instant, to: instant.nullable() })
export type AlertPeriod = z.infer<typeof alertPeriod>

export const alertActivity = z.object({
  at: instant,
  by: z.string(),
  kind: z.enum(['acknowledged', 'unacknowledged', 'assigned', 'unassigned', 'noted', 'silenced', 'cleared']),
  text: z.string(),
  correlationId: z.string(),
})
export type AlertActivity = z.infer<typeof alertActivity>

const graphSeries = z.object({
  labels,
  /** Seconds since the epoch and value; null is a gap. */
  points: z.array(z.tuple([z.number(), z.number().nullable()])),
})

export const alertGraph = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('series'),
    /** Who answered: a connection's name, or this machine. */
    from: z.string(),
    expression: z.string(),
    /** The expression without its threshold; what `series` shows. */
    shown: z.string(),
    threshold: z.object({ operator: z.string(), value: z.number() }).nullable(),
    series: z.array(graphSeries),
    /** How many further series the answer had. */
    hidden: z.number().int(),
    firing: z.array(z.object({ from: instant, to: instant.nullable() })),
  }),
  z.object({ kind: z.literal('unavailable'), reason: z.string() }),
])
export type AlertGraph = z.infer<typeof alertGraph>

export const sourceState = z.object({
  id: z.string(),
  name: z.string(),
  kind: sourceKind,
  environment: z.string(),
  status: z.enum(['starting', 'live', 'stale', 'paused']),
  lastSuccessAt: instant.nullable(),
  nextAttemptAt: instant.nullable(),
  failures: z.number().int(),
  error: errorShape.nullable(),
  version: z.string().nullable(),
  alerts: z.number().int(),
})
export type SourceState = z.infer<typeof sourceState>

export const inboxPulse = z.object({
  /** Grows with every change of the inbox; a list with an older revision is out of date. */
  revision: z.number().int(),
  bySeverity: severityCounts,
  /** Critical alerts that started to fire since the last pulse; for notifications. */
  newCritical: z.array(z.object({ id: alertId, name: z.string(), summary: z.string(), environment: z.string() })),
})
export type InboxPulse = z.infer<typeof inboxPulse>

const changed = z.object({ changed: z.number().int() })

export const alerts = defineContract({
  area: 'observability',
  capability: 'alerts',
  summary: 'The triage inbox over all alert sources, with history.',
  operations: {
    list: query({
      summary: 'A window of the inbox: filtered, grouped, sorted.',
      input: inboxView.extend({
        offset: z.number().int().min(0).default(0),
        limit: z.number().int().min(0).max(1_000).default(200),
      }),
      output: z.object({
        revision: z.number().int(),
        /** Alerts that pass the filter. */
        total: z.number().int(),
        /** Rows of the whole list, group headers included, collapsed rows left out. */
        length: z.number().int(),
        offset: z.number().int(),
        rows: z.array(inboxRow),
        /** Of the alerts that pass the filter. */
        bySeverity: severityCounts,
        /** Of the alerts that pass the filter without its `states`. */
        byState: stateCounts,
      }),
    }),
    ids: query({
      summary: 'The ids of all alerts that pass a filter; for acting on all of them.',
      input: alertFilter,
      output: z.array(alertId),
    }),
    get: query({ summary: 'One alert in full.', input: z.object({ id: alertId }), output: alertDetail }),
    history: query({
      summary: 'When an alert fired, and in which states, as far back as this application has watched.',
      input: z.object({ id: alertId, from: instant.optional(), to: instant.optional() }),
      output: z.object({
        /** The first moment this application watched the source; before it nothing is known. */
        watchedSince: instant.nullable(),
        periods: z.array(alertPeriod),
        occurrences: z.number().int(),
        firingSeconds: z.number(),
      }),
    }),
    related: query({
      summary: 'Other alerts that share labels with this one, most shared first.',
      input: z.object({ id: alertId }),
      output: z.array(z.object({ alert: alertRow, shared: z.array(z.string()) })),
    }),
    activity: query({
      summary: 'Who did what to an alert.',
      input: z.object({ id: alertId }),
      output: z.array(alertActivity),
    }),
    graph: query({
      summary: "The rule's expression over a time range, with its threshold and the firing periods.",
      input: z.object({
        id: alertId,
        from: instant,
        to: instant,
        points: z.number().int().min(10).max(2_000).default(400),
      }),
      output: alertGraph,
    }),
    labelNames: query({
      summary: 'Label names in the inbox with how many alerts carry them; for completion and grouping.',
      input: nothing,
      output: z.array(z.object({ name: z.string(), count: z.number().int() })),
    }),
    labelValues: query({
      summary: 'Values of a label in the inbox with how many alerts carry them.',
      input: z.object({ name: z.string() }),
      output: z.array(z.object({ value: z.string(), count: z.number().int() })),
    }),
    sources: query({
      summary: 'The sources of the inbox and how fresh each is.',
      input: nothing,
      output: z.array(sourceState),
    }),
    watch: stream({ summary: 'Tell whenever the inbox changes.', input: nothing, output: inboxPulse }),
    refresh: command({
      summary: 'Ask all sources, or one, now instead of at the next turn.',
      input: z.object({ source: z.string().optional() }),
      output: z.object({ asked: z.number().int() }),
    }),
    acknowledge: command({
      summary: 'Say that someone is on it. Ends by itself when the alert resolves. Does not silence.',
      input: z.object({ ids: alertIds, comment: comment.default('') }),
      output: changed,
    }),
    unacknowledge: command({
      summary: 'Take an acknowledgement back.',
      input: z.object({ ids: alertIds }),
      output: changed,
    }),
    assign: command({
      summary: 'Assign alerts to a person, or to nobody.',
      input: z.object({ ids: alertIds, assignee: personal(z.string().trim().min(1).max(200)).nullable() }),
      output: changed,
    }),
    note: command({
      summary: 'Add a note to alerts.',
      input: z.object({ ids: alertIds, text: comment.min(1, 'Write something.') }),
      output: changed,
    }),
  },
})
