import type { Database } from 'better-sqlite3'
import type { Clock } from '#main/kernel/clock.ts'
import type { EmbeddedRule, HostReading } from '#preload/observability/metrics.ts'
import { createApplicationHealth } from './application-health.ts'
import { createHostCollector, type HostCollector, type Watched } from './host-collector.ts'
import { createHostReading } from './host-reading.ts'
import { createPromql, type InstantResult, type RangeResult } from './promql/promql.ts'
import { createAlertStore } from './rules/alert-store.ts'
import { createRules, type RuleAlert, type RuleStatus } from './rules/rules.ts'
import { sample } from './sample.ts'
import { createMetricStore, type MetricStore } from './store.ts'
import type { ThreadHealth } from './thread-health.ts'

export type MetricsOptions = {
  readonly database: Database
  readonly clock: Clock
  /** A Prometheus rule file. */
  readonly rules: string
  /** Without one, this machine is measured. */
  readonly collector?: HostCollector
  /** The thread whose heap and event loop are the application's; this one unless given. */
  readonly thread?: ThreadHealth
  /** SQLite files whose growth is watched, by name; for the collector of this machine. */
  readonly databases?: Readonly<Record<string, string>>
}

export type Metrics = {
  /**
   * Measures, stores and evaluates once. A collection that fails is stored as `up` 0 and the rules are evaluated all the
   * same, before its error is thrown; an abort stores nothing.
   */
  readonly tick: (signal: AbortSignal) => Promise<void>
  /** See createPromql. */
  readonly instant: (expression: string, atMs: number) => InstantResult
  readonly range: (expression: string, fromMs: number, toMs: number, stepMs: number) => RangeResult
  readonly alerts: () => readonly RuleAlert[]
  readonly ruleStatus: () => readonly RuleStatus[]
  /** The same as screens show it. */
  readonly rules: () => EmbeddedRule[]
  /** Processes and systemd units to look after from the next tick on, instead of those before. */
  readonly watch: (watched: Watched) => void
  /** What the first screen shows; null before the first tick. */
  readonly latest: () => HostReading | null
  readonly store: Pick<MetricStore, 'select' | 'selectRollups' | 'seriesNames' | 'labelValues'>
  /** Deletes what is older than its retention, and returns the rows deleted. `tick` does it once an hour by itself. */
  readonly prune: () => number
  /** Closes the database too. */
  readonly close: () => void
}

const pruneEveryMs = 3_600_000
const job = { job: 'host' }

/** The embedded metrics engine of this machine: collector, store, PromQL and alerting rules over one database. */
export function createMetrics(options: MetricsOptions): Metrics {
  const { database, clock } = options
  const health = createApplicationHealth(options.databases, options.thread)
  const collector =
    options.collector ??
    createHostCollector({
      clock,
      applicationHealth: health.samples,
    })
  const store = createMetricStore(database)
  const promql = createPromql(store)
  const rules = createRules(options.rules, promql, createAlertStore(database))
  const reading = createHostReading()
  let prunedAt = clock.monotonic()

  const collectAndStore = async (signal: AbortSignal): Promise<void> => {
    const began = clock.monotonic()
    const atMs = clock.now()
    const scraped = () => sample('scrape_duration_seconds', (clock.monotonic() - began) / 1000, job)
    try {
      const samples = await collector.collect(signal)
      store.append(atMs, [...samples, sample('up', 1, job), scraped()])
      reading.add(atMs, samples)
    } catch (error) {
      if (!signal.aborted) store.append(atMs, [sample('up', 0, job), scraped()])
      throw error
    }
  }

  const prune = (): number => {
    prunedAt = clock.monotonic()
    return store.prune(clock.now())
  }

  return {
    async tick(signal) {
      try {
        await collectAndStore(signal)
      } finally {
        if (!signal.aborted) rules.evaluate(clock.now())
      }
      if (clock.monotonic() - prunedAt >= pruneEveryMs) prune()
    },
    instant: promql.instant,
    range: promql.range,
    alerts: rules.alerts,
    ruleStatus: rules.status,
    rules: () => rules.status().map(embeddedRule),
    watch: collector.watch,
    latest: reading.latest,
    store,
    prune,
    close: () => {
      health.close()
      database.close()
    },
  }
}

const embeddedRule = (status: RuleStatus): EmbeddedRule => ({
  group: status.group,
  name: status.rule,
  expression: status.expr,
  forSeconds: status.for,
  severity: status.labels.severity ?? '',
  summary: status.annotations.summary ?? '',
  state: status.health === 'unknown' ? 'unknown' : status.state,
  active: status.active,
  error: status.lastError?.message ?? null,
})
