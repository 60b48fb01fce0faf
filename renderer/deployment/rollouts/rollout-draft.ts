import type { AnalysisInput, Metric } from '#preload/deployment/analysis.ts'
import type { CanaryStep, RolloutInput, Strategy } from '#preload/deployment/rollouts.ts'

/** What the dialog asks: a few choices that make a whole rollout. */
export type RolloutDraft = {
  readonly environment: string
  readonly version: string
  readonly strategy: Strategy['kind']
  /** Percent of the requests at each step, as typed. */
  readonly weights: string
  readonly pauseSeconds: string
  readonly maxErrorPercent: string
  readonly compareLatency: boolean
  readonly intervalSeconds: string
  readonly looks: string
  readonly minimumRequests: string
}

export const emptyDraft: RolloutDraft = {
  ...{ environment: '', version: '', strategy: 'canary', weights: '5, 20, 50', pauseSeconds: '30' },
  ...{ maxErrorPercent: '1', compareLatency: true, intervalSeconds: '10', looks: '3', minimumRequests: '100' },
}

const number = (text: string, otherwise: number): number => {
  const value = Number(text)
  return text.trim() === '' || Number.isNaN(value) ? otherwise : value
}

const metricsOf = (draft: RolloutDraft): Metric[] => {
  const minimumSamples = number(draft.minimumRequests, 100)
  const errors: Metric = {
    source: { kind: 'gateway-error-rate' },
    ...{ name: 'Failed requests', max: number(draft.maxErrorPercent, 1) / 100, min: null, baseline: null },
    ...{ minimumSamples, failuresAllowed: 0 },
  }
  const latency: Metric = {
    source: { kind: 'gateway-latency', quantile: 'p95' },
    ...{ name: '95th percentile', max: null, min: null, baseline: { confidence: 0.98, tolerance: 0.25 } },
    ...{ minimumSamples, failuresAllowed: 1 },
  }
  return draft.compareLatency ? [errors, latency] : [errors]
}

function strategyOf(draft: RolloutDraft): Strategy {
  const seconds = number(draft.pauseSeconds, 30)
  switch (draft.strategy) {
    case 'canary': {
      const weights = draft.weights.split(/[\s,;]+/).filter(Boolean)
      const steps = weights.map(
        (weight): CanaryStep => ({ weight: number(weight, 0), pause: { kind: 'time', seconds }, analyse: true }),
      )
      return { kind: 'canary', steps, sticky: { kind: 'none' }, mirrorPercent: 0, header: null }
    }
    case 'rolling':
      return { kind: 'rolling', maxSurge: 1, maxUnavailable: 0 }
    case 'blue-green':
      return { kind: 'blue-green', analyse: true, approve: true, keepWarmSeconds: seconds }
    case 'recreate':
      return { kind: 'recreate' }
    case 'immutable':
      return { kind: 'immutable' }
  }
}

/** Whether a strategy lets measurements decide. */
export const judges = (kind: Strategy['kind']): boolean => kind === 'canary' || kind === 'blue-green'

export function rolloutOf(service: string, draft: RolloutDraft): RolloutInput {
  const analysis: AnalysisInput = {
    metrics: judges(draft.strategy) ? metricsOf(draft) : [],
    intervalSeconds: number(draft.intervalSeconds, 10),
    looks: number(draft.looks, 3),
    inconclusiveAllowed: 6,
  }
  const { environment, version } = draft
  return { environment: environment.trim(), service, version, strategy: strategyOf(draft), analysis }
}
