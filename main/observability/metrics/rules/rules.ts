import { AppError, asAppError, type ErrorShape } from '#preload/contract/error.ts'
import type { Promql } from '../promql/promql.ts'
import { canonicalLabels, type Labels, labelsKey, metricName } from '../sample.ts'
import type { ActiveAlert, AlertStore } from './alert-store.ts'
import { type AlertingRule, parseRuleFile, type RuleGroup } from './rule-file.ts'
import { expandTemplate } from './template.ts'

export type RuleAlert = {
  readonly labels: Labels
  readonly annotations: Labels
  readonly state: 'pending' | 'firing'
  /** Milliseconds since the epoch. */
  readonly activeAt: number
  readonly value: number
  readonly rule: string
  readonly group: string
  readonly expr: string
  /** Seconds. */
  readonly for: number
}

export type RuleStatus = {
  readonly group: string
  readonly rule: string
  readonly expr: string
  /** Seconds. */
  readonly for: number
  /** As written: values may be templates. */
  readonly labels: Labels
  readonly annotations: Labels
  /** How many alerts are pending or firing. */
  readonly active: number
  readonly state: 'inactive' | 'pending' | 'firing'
  readonly health: 'unknown' | 'ok' | 'err'
  readonly lastError: ErrorShape | null
  readonly lastEvaluationMs: number | null
}

type RuleState = {
  readonly rule: AlertingRule
  readonly key: string
  active: ReadonlyMap<string, ActiveAlert>
  error: ErrorShape | null
  evaluatedAt: number | null
}
type Group = { readonly definition: RuleGroup; readonly rules: readonly RuleState[]; evaluatedAt: number | null }

/**
 * Evaluates the alerting rules of a Prometheus rule file as Prometheus 2.42 does (rules/alerting.go): pending at first
 * sight, firing once active for `for`, kept for `keep_firing_for`, gone with its series. A rule that fails keeps its
 * alerts and says why in `status`.
 * After a restart the time in which nothing was evaluated does not count towards `for`.
 * @throws AppError when the rule file is wrong, see parseRuleFile.
 */
export function createRules(yaml: string, promql: Pick<Promql, 'instant'>, store: AlertStore) {
  const lastEvaluationMs = store.lastEvaluationMs()
  let restoring = lastEvaluationMs !== null
  const used = new Set<string>()
  const groups: readonly Group[] = parseRuleFile(yaml).map((definition) => ({
    definition,
    evaluatedAt: null,
    rules: definition.rules.map((rule) => restored(rule, store, used)),
  }))
  store.keepOnly(used)

  return {
    /** Evaluates every group whose interval has passed since its last evaluation. */
    evaluate(atMs: number): void {
      if (restoring) forgiveGap(groups, atMs - (lastEvaluationMs ?? atMs))
      restoring = false
      const due = groups.filter((group) => isDue(group, atMs))
      if (due.length === 0) return
      const changed = new Map<string, readonly ActiveAlert[]>()
      for (const group of due) {
        group.evaluatedAt = atMs
        for (const state of group.rules)
          if (evaluateRule(state, promql, atMs)) changed.set(state.key, [...state.active.values()])
      }
      store.save(atMs, changed)
    },

    alerts: (): readonly RuleAlert[] => groups.flatMap((group) => group.rules.flatMap(alertsOf)),
    status: (): readonly RuleStatus[] => groups.flatMap((group) => group.rules.map(statusOf)),
  }
}

/** A rule keeps its alerts when its expression changes, as in Prometheus; a second one of the same identity is numbered. */
function restored(rule: AlertingRule, store: AlertStore, used: Set<string>): RuleState {
  const identity = `${rule.group}/${rule.name}/${labelsKey(rule.labels)}`
  let key = identity
  for (let number = 2; used.has(key); number++) key = `${identity}/${number}`
  used.add(key)
  const active = new Map(store.load(key).map((alert) => [labelsKey(alert.labels), alert]))
  return { rule, key, active, error: null, evaluatedAt: null }
}

function forgiveGap(groups: readonly Group[], gapMs: number): void {
  if (gapMs <= 0) return
  for (const state of groups.flatMap((group) => group.rules)) {
    const shifted = [...state.active].map(([key, alert]): [string, ActiveAlert] => [
      key,
      alert.state === 'pending' ? { ...alert, activeAt: alert.activeAt + gapMs } : alert,
    ])
    state.active = new Map(shifted)
  }
}

/** A clock that jumped back makes a group due at once instead of silent until it catches up. */
const isDue = ({ evaluatedAt, definition }: Group, atMs: number): boolean =>
  evaluatedAt === null || atMs < evaluatedAt || atMs - evaluatedAt >= definition.intervalMs

/** Returns whether the alerts changed in more than their value. */
function evaluateRule(state: RuleState, promql: Pick<Promql, 'instant'>, atMs: number): boolean {
  const before = state.active
  state.evaluatedAt = atMs
  try {
    state.active = transition(state.rule, before, seen(state.rule, promql, atMs), atMs)
    state.error = null
  } catch (error) {
    state.error = asAppError(error).toShape()
    return false
  }
  return !sameAlerts(before, state.active)
}

type Seen = Pick<ActiveAlert, 'labels' | 'annotations' | 'value'>

function seen(rule: AlertingRule, promql: Pick<Promql, 'instant'>, atMs: number): ReadonlyMap<string, Seen> {
  const result = promql.instant(rule.parsed, atMs)
  const found = new Map<string, Seen>()
  const samples =
    result.kind === 'scalar' ? [{ labels: {}, value: result.value }] : 'samples' in result ? result.samples : []
  for (const sample of samples) {
    const alert = alertOf(rule, sample.labels, sample.value)
    const key = labelsKey(alert.labels)
    if (found.has(key))
      throw new AppError('invalid', `The rule "${rule.name}" gives two alerts with the same labels.`, {
        hint: 'Its labels must not overwrite those that tell its series apart.',
      })
    found.set(key, alert)
  }
  return found
}

function alertOf(rule: AlertingRule, series: Labels, value: number): Seen {
  const data = { labels: withoutName(series), value }
  const expand = (templates: Labels): Labels =>
    Object.fromEntries(Object.entries(templates).map(([name, text]) => [name, expandTemplate(text, data)]))
  const labels = canonicalLabels({ ...data.labels, ...expand(rule.labels), alertname: rule.name })
  const present = Object.fromEntries(Object.entries(labels).filter(([, text]) => text !== ''))
  return { labels: present, annotations: expand(rule.annotations), value }
}

function withoutName(labels: Labels): Labels {
  const { [metricName]: _, ...rest } = labels
  return rest
}

/** The alerts of a rule after an evaluation that saw `found`. Pure. */
export function transition(
  rule: Pick<AlertingRule, 'forMs' | 'keepFiringForMs'>,
  active: ReadonlyMap<string, ActiveAlert>,
  found: ReadonlyMap<string, Seen>,
  atMs: number,
): ReadonlyMap<string, ActiveAlert> {
  const next = new Map<string, ActiveAlert>()
  for (const [key, alert] of active) {
    if (found.has(key) || alert.state === 'pending') continue
    const keepFiringSince = alert.keepFiringSince ?? atMs
    if (atMs - keepFiringSince < rule.keepFiringForMs) next.set(key, { ...alert, keepFiringSince })
  }
  for (const [key, alert] of found) {
    const known = active.get(key)
    // An alert cannot have begun in the future; only a wall clock that jumped back says so.
    const activeAt = Math.min(known?.activeAt ?? atMs, atMs)
    const firing = known?.state === 'firing' || atMs - activeAt >= rule.forMs
    next.set(key, { ...alert, activeAt, state: firing ? 'firing' : 'pending', keepFiringSince: null })
  }
  return next
}

function sameAlerts(before: ReadonlyMap<string, ActiveAlert>, after: ReadonlyMap<string, ActiveAlert>): boolean {
  if (before.size !== after.size) return false
  return [...after].every(([key, alert]) => {
    const old = before.get(key)
    return (
      old?.state === alert.state && old.activeAt === alert.activeAt && old.keepFiringSince === alert.keepFiringSince
    )
  })
}

const alertsOf = ({ rule, active }: RuleState): readonly RuleAlert[] =>
  [...active.values()].map(({ labels, annotations, state, activeAt, value }) => ({
    labels,
    annotations,
    state,
    activeAt,
    value,
    rule: rule.name,
    group: rule.group,
    expr: rule.expr,
    for: rule.forMs / 1000,
  }))

function statusOf({ rule, active, error, evaluatedAt }: RuleState): RuleStatus {
  const states = [...active.values()].map((alert) => alert.state)
  return {
    group: rule.group,
    rule: rule.name,
    expr: rule.expr,
    for: rule.forMs / 1000,
    labels: rule.labels,
    annotations: rule.annotations,
    active: active.size,
    state: states.includes('firing') ? 'firing' : states.includes('pending') ? 'pending' : 'inactive',
    health: error !== null ? 'err' : evaluatedAt === null ? 'unknown' : 'ok',
    lastError: error,
    lastEvaluationMs: evaluatedAt,
  }
}
