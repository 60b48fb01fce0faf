import { expressionOfGeneratorUrl, splitThreshold } from '#main/engines/prometheus/expression.ts'
import { AppError } from '#preload/contract/error.ts'
import type { AlertGraph, AlertPeriod } from '#preload/observability/alerts.ts'
import type { GraphAnswer } from '../engine.ts'
import type { InboxAlert } from './alert.ts'
import type { Source, Sources } from './sources.ts'

const seriesShown = 10

type Request = { readonly from: number; readonly to: number; readonly points: number }

/** Who can evaluate the alert's rule: a source that reported it, else a Prometheus of the same environment. */
function evaluators(alert: InboxAlert, sources: Sources): Source[] {
  const reporting = new Set(alert.sightings.map((sighting) => sighting.sourceId))
  const origins = new Set(alert.sightings.map((sighting) => originOf(sighting.generatorUrl)))
  const able = sources.all().filter((source) => source.engine?.range)
  const rank = (source: Source): number => {
    if (reporting.has(source.spec.id)) return 0
    return 'endpoint' in source.spec && origins.has(originOf(source.spec.endpoint.url)) ? 1 : 2
  }
  return able
    .filter(
      (source) =>
        rank(source) < 2 || (source.spec.environment === alert.environment && source.spec.kind === 'prometheus'),
    )
    .sort((a, b) => rank(a) - rank(b))
}

const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : '')

/** The rule's expression, from a link to Prometheus' own graph or from the rules of a source. */
export async function expressionOf(alert: InboxAlert, sources: Sources, signal: AbortSignal): Promise<string | null> {
  for (const sighting of alert.sightings) {
    const fromLink = expressionOfGeneratorUrl(sighting.generatorUrl)
    if (fromLink) return fromLink
  }
  for (const source of evaluators(alert, sources)) {
    const found = await source.engine?.expression?.(alert.labels, signal).catch(() => null)
    if (found) return found
  }
  return null
}

/** The graph of the rule behind an alert, or a sentence why there is none. */
export async function graphOf(
  alert: InboxAlert,
  sources: Sources,
  periods: readonly AlertPeriod[],
  { from, to, points }: Request,
  signal: AbortSignal,
): Promise<AlertGraph> {
  const [evaluator] = evaluators(alert, sources)
  const range = evaluator?.engine?.range
  if (!evaluator || !range)
    return unavailable(`Connect the Prometheus of ${alert.environment} to see the graph of this alert's rule.`)
  const expression = await expressionOf(alert, sources, signal)
  if (!expression) return unavailable('No source tells the expression of the rule behind this alert.')
  const split = splitThreshold(expression)
  const shown = split?.left ?? expression
  const step = Math.max(1, Math.ceil((to - from) / 1000 / points))
  try {
    const series = seriesOfAlert(alert, (await range(shown, from, to, step, signal)).series)
    return {
      kind: 'series',
      from: evaluator.spec.name,
      expression,
      shown,
      threshold: split ? { operator: split.op, value: split.threshold } : null,
      series: series.slice(0, seriesShown).map(({ labels, points: values }) => ({
        labels: { ...labels },
        points: values.map(([at, value]): [number, number | null] => [at, Number.isFinite(value) ? value : null]),
      })),
      hidden: Math.max(0, series.length - seriesShown),
      firing: periods.filter((period) => period.state !== 'pending').map(({ from, to }) => ({ from, to })),
    }
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code === 'cancelled') throw thrown
    return unavailable(`${thrown.message}${thrown.hint ? ` ${thrown.hint}` : ''}`)
  }
}

const unavailable = (reason: string): AlertGraph => ({ kind: 'unavailable', reason })

/** The series that this alert is about: those whose labels the alert carries; all of them where none fits. */
function seriesOfAlert(alert: InboxAlert, series: GraphAnswer['series']): GraphAnswer['series'] {
  const own = series.filter(({ labels }) =>
    Object.entries(labels).every(([name, value]) => name === '__name__' || alert.labels[name] === value),
  )
  return own.length > 0 ? own : series
}
