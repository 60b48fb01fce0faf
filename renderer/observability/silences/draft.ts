import { formatMatchers, type Matcher, operatorOf, parseMatchers } from '#preload/observability/matchers.ts'
import { localTarget, type Silence, type SilenceInput, type SilenceTarget } from '#preload/observability/silences.ts'

type Labels = Readonly<Record<string, string>>

/** An alert a silence is made from: what can be matched, and where it was seen. */
export type AlertToSilence = {
  readonly labels: Labels
  readonly environment: string
  readonly sources: readonly { readonly id: string; readonly kind: 'alertmanager' | 'prometheus' | 'embedded' }[]
}

/** What the editor was opened for. */
export type EditorRequest =
  | { readonly kind: 'alerts'; readonly alerts: readonly AlertToSilence[] }
  | { readonly kind: 'new' }
  | { readonly kind: 'again'; readonly silence: Silence }
  | { readonly kind: 'edit'; readonly silence: Silence }

export const operators = ['=', '!=', '=~', '!~'] as const
export type Operator = (typeof operators)[number]

/** One matcher as it is edited. One that is not `on` stays in sight, and out of the silence. */
export type MatcherLine = {
  readonly key: number
  readonly on: boolean
  readonly name: string
  readonly operator: Operator
  readonly value: string
}

export type End =
  | { readonly kind: 'for'; readonly seconds: number }
  /** As `datetime-local` writes it: local time. */
  | { readonly kind: 'at'; readonly local: string }

export type SilenceDraft = {
  readonly target: string
  readonly lines: readonly MatcherLine[]
  /** The matchers as text, while they are edited so; null while they are lines. */
  readonly text: string | null
  /** Kept when a silence is edited; null begins now. */
  readonly startsAt: string | null
  readonly end: End
  readonly comment: string
}

const twoHours: End = { kind: 'for', seconds: 7_200 }

const lineOf = (matcher: Matcher, key: number): MatcherLine => ({
  key,
  on: true,
  name: matcher.name,
  operator: operatorOf(matcher),
  value: matcher.value,
})

export const linesOf = (matchers: readonly Matcher[]): readonly MatcherLine[] => matchers.map(lineOf)

/** The labels that all of these have in common. */
export function commonLabels(labelSets: readonly Labels[]): Labels {
  const [first = {}, ...others] = labelSets
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((labels) => labels[name] === value)),
  )
}

/**
 * Where to silence: the Alertmanager that reported the first alert, else the Alertmanager of its environment if one
 * reported it at all, else this workspace.
 */
export function targetFor(alerts: readonly AlertToSilence[], targets: readonly SilenceTarget[]): string {
  const [alert] = alerts
  const managers = targets.filter(({ kind }) => kind === 'alertmanager')
  const first = managers.find(({ unavailable }) => unavailable === null)?.id ?? localTarget
  if (alert === undefined) return first
  const reporting = alert.sources.filter(({ kind }) => kind === 'alertmanager').map(({ id }) => id)
  if (reporting.length === 0) return localTarget
  const target =
    managers.find(({ id }) => reporting.includes(id)) ??
    managers.find(({ environment }) => environment === alert.environment)
  return target?.id ?? first
}

const pad = (value: number): string => String(value).padStart(2, '0')

/** Epoch milliseconds as `datetime-local` reads them: local time, to the minute. */
export function localTime(at: number): string {
  const date = new Date(at)
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
  return `${day}T${pad(date.getHours())}:${pad(date.getMinutes())}`
}

/** The draft an editor begins with. */
export function draftFor(request: EditorRequest, targets: readonly SilenceTarget[]): SilenceDraft {
  if (request.kind === 'new' || request.kind === 'alerts') {
    const alerts = request.kind === 'alerts' ? request.alerts : []
    const common = Object.entries(commonLabels(alerts.map(({ labels }) => labels)))
    const matchers = common.map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }))
    return {
      target: targetFor(alerts, targets),
      lines: linesOf(matchers),
      text: null,
      startsAt: null,
      end: twoHours,
      comment: '',
    }
  }
  const { silence } = request
  const lines = linesOf(silence.matchers)
  const same = { target: silence.target, lines, text: null, comment: silence.comment }
  if (request.kind === 'again') return { ...same, startsAt: null, end: twoHours }
  return { ...same, startsAt: silence.startsAt, end: { kind: 'at', local: localTime(Date.parse(silence.endsAt)) } }
}

export type MatchersReading =
  | { readonly kind: 'ok'; readonly matchers: readonly Matcher[] }
  | { readonly kind: 'error'; readonly offset: number; readonly message: string }

/** The matchers of a draft, however they are edited. Lines without a name are left out. */
export function readMatchers({ text, lines }: Pick<SilenceDraft, 'text' | 'lines'>): MatchersReading {
  if (text !== null) return parseMatchers(text)
  const matchers = lines
    .filter(({ on, name }) => on && name.trim() !== '')
    .map(({ name, operator, value }) => ({
      name: name.trim(),
      value,
      isRegex: operator === '=~' || operator === '!~',
      isEqual: operator === '=' || operator === '=~',
    }))
  return { kind: 'ok', matchers }
}

export const asText = (draft: SilenceDraft): SilenceDraft => {
  const read = readMatchers(draft)
  return { ...draft, text: read.kind === 'ok' ? formatMatchers(read.matchers) : '' }
}

/** Back to lines; null while the text cannot be read. */
export function asLines(draft: SilenceDraft): SilenceDraft | null {
  const read = readMatchers(draft)
  return read.kind === 'ok' ? { ...draft, lines: linesOf(read.matchers), text: null } : null
}

/** When the silence ends, as ISO 8601 in UTC; null when that cannot be read. */
export function endOf(end: End, now: number): string | null {
  const at = end.kind === 'for' ? now + end.seconds * 1000 : Date.parse(end.local)
  return Number.isFinite(at) ? new Date(at).toISOString() : null
}

export type Problems = { readonly matchers?: string; readonly end?: string; readonly comment?: string }

const matchesEmpty = ({ value, isRegex, isEqual }: Matcher): boolean => !isRegex && (value === '') === isEqual

/** What still has to be put right before the silence can be made; the application checks again. */
export function problemsOf(draft: SilenceDraft, now: number): Problems {
  const read = readMatchers(draft)
  const end = endOf(draft.end, now)
  const matchers =
    read.kind === 'error'
      ? read.message
      : read.matchers.every(matchesEmpty)
        ? 'At least one matcher has to ask for a value, or the silence would cover everything.'
        : undefined
  const when = end === null ? 'Write a date and a time.' : Date.parse(end) <= now ? 'This is in the past.' : undefined
  return {
    ...(matchers === undefined ? {} : { matchers }),
    ...(when === undefined ? {} : { end: when }),
    ...(draft.comment.trim() === '' ? { comment: 'Say why, for whoever finds this silence at night.' } : {}),
  }
}

/** The silence to make; null while something has to be put right. */
export function inputOf(draft: SilenceDraft, now: number): SilenceInput | null {
  const read = readMatchers(draft)
  const endsAt = endOf(draft.end, now)
  if (read.kind === 'error' || endsAt === null || Object.keys(problemsOf(draft, now)).length > 0) return null
  return {
    target: draft.target,
    matchers: [...read.matchers],
    startsAt: draft.startsAt ?? new Date(now).toISOString(),
    endsAt,
    comment: draft.comment.trim(),
  }
}
