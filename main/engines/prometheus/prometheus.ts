import { parse } from 'yaml'
import { z } from 'zod'
import { createHttpClient, type HttpClientOptions } from '../http/client.ts'
import { type Endpoint, pathSegment, type QueryParameters } from '../http/endpoint.ts'
import { checkEach } from '../http/json.ts'
import type { Answer } from '../http/status.ts'
import type { Product } from '../http/walk.ts'
import { envelope, explainFailure } from './envelope.ts'
import { identifyPrometheus } from './identify.ts'
import {
  alert,
  alertmanagerList,
  type BuildInfo,
  buildInfo,
  configuration,
  configurationFile,
  type Metadata,
  matrixData,
  metadata,
  type PrometheusAlert,
  queryData,
  type RuleGroup,
  ruleGroup,
  runtimeInfo,
} from './prometheus-answers.ts'
import {
  fittingStep,
  instantAnswer,
  type QueryAnswer,
  type RangeAnswer,
  type RangeQuestion,
  rangeAnswer,
} from './query.ts'

/** Restricts label look-ups: series selectors, and times in seconds since the epoch. */
export type LabelScope = { readonly match?: readonly string[]; readonly start?: number; readonly end?: number }

export type Prometheus = {
  buildInfo(signal?: AbortSignal): Promise<BuildInfo>
  /** Every pending and firing alert. */
  alerts(signal?: AbortSignal): Promise<readonly PrometheusAlert[]>
  rules(signal?: AbortSignal): Promise<readonly RuleGroup[]>
  /** `time` in seconds since the epoch; now unless given. */
  query(question: { readonly query: string; readonly time?: number }, signal?: AbortSignal): Promise<QueryAnswer>
  /** Times and step in seconds. The step is widened so that a series has at most 11,000 points. */
  queryRange(question: RangeQuestion, signal?: AbortSignal): Promise<RangeAnswer>
  labelNames(scope?: LabelScope, signal?: AbortSignal): Promise<readonly string[]>
  labelValues(name: string, scope?: LabelScope, signal?: AbortSignal): Promise<readonly string[]>
  /** Type, help and unit by metric name; of one metric if given. */
  metadata(metric?: string, signal?: AbortSignal): Promise<Metadata>
  /** URLs of the Alertmanagers it delivers to. */
  alertmanagers(
    signal?: AbortSignal,
  ): Promise<{ readonly active: readonly string[]; readonly dropped: readonly string[] }>
  /** When the configuration was loaded last (RFC 3339): what `externalLabels` says holds as long as this stays. */
  configurationLoadedAt(signal?: AbortSignal): Promise<string>
  /** `global.external_labels`: what it adds to every alert it sends, and does not show in its own list. */
  externalLabels(signal?: AbortSignal): Promise<Readonly<Record<string, string>>>
  identify(signal?: AbortSignal): Promise<Product>
  close(): Promise<void>
}

/** Longer questions go as a form: proxies commonly cut a URL at 4 or 8 KiB. */
const longQuestion = 2_000

/** A client of the Prometheus HTTP API v1, which Thanos, Mimir and VictoriaMetrics speak too. */
export function createPrometheus(endpoint: Endpoint, options: HttpClientOptions = {}): Prometheus {
  const client = createHttpClient(endpoint, options)
  const { name } = endpoint

  const get = async <T>(data: z.ZodType<T>, path: string, query: QueryParameters, signal: AbortSignal | undefined) => {
    const explain = (answer: Answer) => explainFailure(endpoint, answer)
    return client.json(envelope(data), `/api/v1/${path}`, { query, signal, explain })
  }

  const ask = async <T>(data: z.ZodType<T>, path: string, form: Form, signal: AbortSignal | undefined) => {
    let method: 'GET' | 'POST' = form.query.length > longQuestion ? 'POST' : 'GET'
    const send = () =>
      client.json(envelope(data), `/api/v1/${path}`, {
        ...(method === 'POST' ? { method, form } : { query: form }),
        signal,
        explain: (answer) => {
          if (answer.status === 405 && method === 'POST') method = 'GET'
          return explainFailure(endpoint, answer, form.query)
        },
      })
    const first = method
    return send().catch((failure: unknown) => {
      if (method !== first) return send()
      throw failure
    })
  }

  return {
    buildInfo: async (signal) => (await get(buildInfo, 'status/buildinfo', {}, signal)).data,
    alerts: async (signal) => {
      const { data } = await get(z.object({ alerts: z.array(z.unknown()) }), 'alerts', {}, signal)
      return checkEach(name, alert, data.alerts, { path: 'data.alerts', signal })
    },
    rules: async (signal) => {
      const { data } = await get(z.object({ groups: z.array(z.unknown()) }), 'rules', {}, signal)
      return checkEach(name, ruleGroup, data.groups, { path: 'data.groups', signal })
    },
    query: async ({ query, time }, signal) => {
      const form: Form = { query, ...(time === undefined ? {} : { time: String(time) }) }
      return instantAnswer(await ask(queryData, 'query', form, signal))
    },
    queryRange: async (question, signal) => {
      const step = fittingStep(question)
      const { query, start, end } = question
      const form: Form = { query, start: String(start), end: String(end), step: String(step) }
      return rangeAnswer(step, await ask(matrixData, 'query_range', form, signal))
    },
    labelNames: async (scope, signal) => (await get(z.array(z.string()), 'labels', parameters(scope), signal)).data,
    labelValues: async (label, scope, signal) =>
      (await get(z.array(z.string()), `label/${pathSegment(label)}/values`, parameters(scope), signal)).data,
    metadata: async (metric, signal) => (await get(metadata, 'metadata', { metric }, signal)).data,
    alertmanagers: async (signal) => {
      const { data } = await get(alertmanagerList, 'alertmanagers', {}, signal)
      const urls = (list: readonly { readonly url: string }[] = []) => list.map(({ url }) => url)
      return { active: urls(data.activeAlertmanagers), dropped: urls(data.droppedAlertmanagers) }
    },
    configurationLoadedAt: async (signal) =>
      (await get(runtimeInfo, 'status/runtimeinfo', {}, signal)).data.lastConfigTime,
    externalLabels: async (signal) => {
      const { data } = await get(configuration, 'status/config', {}, signal)
      const { global } = configurationFile.parse(parse(data.yaml) ?? {})
      return global?.external_labels ?? {}
    },
    identify: (signal) => identifyPrometheus(client, signal),
    close: client.close,
  }
}

type Form = Readonly<Record<string, string>> & { readonly query: string }

const parameters = (scope: LabelScope = {}): QueryParameters => ({
  'match[]': scope.match,
  start: scope.start,
  end: scope.end,
})
