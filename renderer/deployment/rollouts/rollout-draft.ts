import type { AnalysisInput, Metric } from '#preload/deployment/analysis.ts'
import type { CanaryStep, RolloutInput, Sticky, Strategy } from '#preload/deployment/rollouts.ts'

/** A metric beside those of the gateway, as typed. */
export type MetricDraft = {
  readonly kind: 'prometheus' | 'alerts' | 'log-error-rate' | 'http-probe' | 'script'
  /** The query, the matchers, the text in a line, the path, or the command, an argument a line. */
  readonly what: string
  /** Of the Prometheus that is asked. */
  readonly connectionId: string
  /** Fails above; a share is in percent. */
  readonly max: string
}

/** What the dialog asks: a few choices that make a whole rollout. Numbers are as typed. */
export type RolloutDraft = {
  readonly environment: string
  readonly version: string
  readonly strategy: Strategy['kind']
  /** Percent of the requests at each step. */
  readonly weights: string
  readonly pauseSeconds: string
  /** Each step, or the switch, waits for a person. */
  readonly approve: boolean
  readonly sticky: Sticky['kind']
  readonly stickyName: string
  readonly mirrorPercent: string
  /** `Name: value` of requests that always get the new version; empty for none. */
  readonly testHeader: string
  readonly maxSurge: string
  readonly maxUnavailable: string
  readonly maxErrorPercent: string
  readonly compareLatency: boolean
  readonly intervalSeconds: string
  readonly looks: string
  readonly minimumRequests: string
  readonly metrics: readonly MetricDraft[]
}

export const emptyDraft: RolloutDraft = {
  ...{ environment: '', version: '', strategy: 'canary', weights: '5, 20, 50', pauseSeconds: '30', approve: false },
  ...{ sticky: 'none', stickyName: '', mirrorPercent: '0', testHeader: '', maxSurge: '1', maxUnavailable: '0' },
  ...{ maxErrorPercent: '1', compareLatency: true, intervalSeconds: '10', looks: '3', minimumRequests: '100' },
  metrics: [],
}

export const emptyMetric: MetricDraft = { kind: 'prometheus', what: '', connectionId: '', max: '' }

/** What is typed as a number; one that is none is no number to the contract either, which then says so. */
const number = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text))

const gatewayMetrics = (draft: RolloutDraft): Metric[] => {
  const minimumSamples = number(draft.minimumRequests)
  const errors: Metric = {
    source: { kind: 'gateway-error-rate' },
    ...{ name: 'Failed requests', max: number(draft.maxErrorPercent) / 100, min: null, baseline: null },
    ...{ minimumSamples, failuresAllowed: 0 },
  }
  const latency: Metric = {
    source: { kind: 'gateway-latency', quantile: 'p95' },
    ...{ name: '95th percentile', max: null, min: null, baseline: { confidence: 0.98, tolerance: 0.25 } },
    ...{ minimumSamples, failuresAllowed: 1 },
  }
  return draft.compareLatency ? [errors, latency] : [errors]
}

const names: Readonly<Record<MetricDraft['kind'], string>> = {
  prometheus: 'Query',
  alerts: 'Alerts',
  'log-error-rate': 'Lines',
  'http-probe': 'Probe',
  script: 'Script',
}

/** Whether the bound of a metric is a share, and so given in percent. */
export const isShare = ({ kind }: Pick<MetricDraft, 'kind'>): boolean =>
  kind === 'log-error-rate' || kind === 'http-probe'

const sourceOf = ({ kind, what, connectionId }: MetricDraft): Metric['source'] => {
  switch (kind) {
    case 'prometheus':
      return { kind, connectionId, query: what }
    case 'alerts':
      return { kind, matchers: what }
    case 'log-error-rate':
      return { kind, contains: what }
    case 'http-probe':
      return { kind, path: what, status: 200 }
    case 'script':
      return {
        kind,
        command: what
          .split('\n')
          .map((line) => line.trim())
          .filter(Boolean),
      }
  }
}

const furtherMetric = (metric: MetricDraft, at: number): Metric => ({
  ...{ name: `${names[metric.kind]} ${at + 1}`, source: sourceOf(metric), min: null, baseline: null },
  max: number(metric.max) / (isShare(metric) ? 100 : 1),
  ...{ minimumSamples: 1, failuresAllowed: 0 },
})

function stickyOf({ sticky, stickyName }: RolloutDraft): Sticky {
  return sticky === 'none' ? { kind: 'none' } : { kind: sticky, name: stickyName.trim() }
}

function headerOf({ testHeader }: RolloutDraft): { name: string; value: string } | null {
  if (testHeader.trim() === '') return null
  const [name = '', ...value] = testHeader.split(':')
  return { name: name.trim(), value: value.join(':').trim() }
}

function strategyOf(draft: RolloutDraft): Strategy {
  switch (draft.strategy) {
    case 'canary': {
      const pause: CanaryStep['pause'] = draft.approve
        ? { kind: 'person' }
        : { kind: 'time', seconds: number(draft.pauseSeconds) }
      const weights = draft.weights.split(/[\s,;]+/).filter(Boolean)
      const steps = weights.map((weight): CanaryStep => ({ weight: number(weight), pause, analyse: true }))
      const mirrorPercent = number(draft.mirrorPercent)
      return { kind: 'canary', steps, sticky: stickyOf(draft), mirrorPercent, header: headerOf(draft) }
    }
    case 'rolling':
      return { kind: 'rolling', maxSurge: number(draft.maxSurge), maxUnavailable: number(draft.maxUnavailable) }
    case 'blue-green':
      return {
        ...{ kind: 'blue-green', analyse: true, approve: draft.approve },
        keepWarmSeconds: number(draft.pauseSeconds),
      }
    case 'recreate':
      return { kind: 'recreate' }
    case 'immutable':
      return { kind: 'immutable' }
  }
}

/** Whether a strategy lets measurements decide. */
export const judges = (kind: Strategy['kind']): boolean => kind === 'canary' || kind === 'blue-green'

export function rolloutOf(service: string, draft: RolloutDraft): RolloutInput {
  const metrics = [...gatewayMetrics(draft), ...draft.metrics.map(furtherMetric)]
  const judged: AnalysisInput = {
    ...{ metrics, intervalSeconds: number(draft.intervalSeconds), looks: number(draft.looks), inconclusiveAllowed: 6 },
  }
  const unjudged: AnalysisInput = { metrics: [], intervalSeconds: 10, looks: 1, inconclusiveAllowed: 0 }
  const { environment, version } = draft
  const analysis = judges(draft.strategy) ? judged : unjudged
  return { environment: environment.trim(), service, version, strategy: strategyOf(draft), analysis }
}
