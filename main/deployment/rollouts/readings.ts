import type { Metric } from '#preload/deployment/analysis.ts'
import type { Target, Traffic, VersionTraffic, WorkloadName } from './engine.ts'
import type { Measured, Reading } from './judgement.ts'
import { runScript } from './script.ts'

/** What metrics are read from. */
export type ReadingPorts = {
  readonly target: Target
  readonly traffic: Traffic
  /** What a query of a connected Prometheus answers now, and what it answered since a moment. */
  readonly query: (
    connectionId: string,
    query: string,
    since: string,
    signal: AbortSignal,
  ) => Promise<{ readonly value: number | null; readonly series: readonly number[] }>
  /** How many alerts of an environment fire and match. @throws AppError when that is not known. */
  readonly alerts: (environment: string, matchers: string, signal: AbortSignal) => Promise<number>
  /** Where the files of a version are. */
  readonly folderOf: (service: string, version: string) => Promise<string>
}

type Question = {
  readonly environment: string
  readonly service: string
  readonly canary: string
  readonly baseline: string | null
  /** Only what was measured from then on counts. */
  readonly since: string
}

/** Reads a metric for the new version, and for the present one over the same time. What fails is said, not thrown. */
export async function readMetric(
  { target, traffic, query, alerts, folderOf }: ReadingPorts,
  metric: Metric,
  question: Question,
  signal: AbortSignal,
): Promise<Reading> {
  const { environment, service, canary, baseline, since } = question
  const { source } = metric
  const forBoth = async (measure: (version: string) => Promise<Measured>): Promise<Reading> => ({
    kind: 'measured',
    canary: await measure(canary),
    baseline: baseline === null ? null : await measure(baseline),
  })
  const named = (version: string): WorkloadName => ({ environment, service, version })
  try {
    switch (source.kind) {
      case 'gateway-error-rate':
      case 'gateway-latency': {
        const measured = await traffic.measure(environment, service, since)
        const of = (version: string): VersionTraffic | undefined => measured.find((each) => each.version === version)
        const quantile = source.kind === 'gateway-latency' ? source.quantile : null
        return await forBoth(async (version) => (quantile ? latency(of(version), quantile) : errorRate(of(version))))
      }
      case 'prometheus':
        return await forBoth(async (version) => {
          const filled = fill(source.query, { environment, service, version })
          const { value, series } = await query(source.connectionId, filled, since, signal)
          return { value, series, samples: series.length }
        })
      case 'log-error-rate':
        return await forBoth(async (version) => {
          const lines = (await target.output(named(version))).flatMap(({ text }) => text.split('\n').filter(Boolean))
          const bad = lines.filter((line) => line.includes(source.contains)).length
          return { value: lines.length === 0 ? null : bad / lines.length, samples: lines.length, series: [] }
        })
      case 'http-probe':
        return await forBoth((version) => probe(target, named(version), source, signal))
      case 'alerts': {
        const matchers = fill(source.matchers, { environment, service, version: canary })
        const value = await alerts(environment, matchers, signal)
        return { kind: 'measured', canary: { value, samples: 1, series: [] }, baseline: null }
      }
      case 'script': {
        const folder = await folderOf(service, canary)
        return await forBoth((version) => measureByScript({ target, folder }, named(version), source.command, signal))
      }
    }
  } catch (thrown) {
    if (signal.aborted) throw thrown
    return { kind: 'unreadable', reason: thrown instanceof Error ? thrown.message : String(thrown) }
  }
}

const nothing: Measured = { value: null, samples: 0, series: [] }

function errorRate(of: VersionTraffic | undefined): Measured {
  const windows = (of?.windows ?? []).filter(({ requests }) => requests > 0)
  const requests = windows.reduce((sum, window) => sum + window.requests, 0)
  if (requests === 0) return nothing
  const errors = windows.reduce((sum, window) => sum + window.errors, 0)
  return {
    value: errors / requests,
    samples: requests,
    series: windows.map((window) => window.errors / window.requests),
  }
}

/** Over the windows the quantile is their mean weighted by requests: exact for each window, close for all of them. */
function latency(of: VersionTraffic | undefined, quantile: 'p50' | 'p95' | 'p99'): Measured {
  const windows = (of?.windows ?? []).flatMap((window) => {
    const value = window[quantile]
    return value === null || window.requests === 0 ? [] : [{ value, requests: window.requests }]
  })
  const requests = windows.reduce((sum, window) => sum + window.requests, 0)
  if (requests === 0) return nothing
  const weighted = windows.reduce((sum, { value, requests: each }) => sum + value * each, 0)
  return { value: weighted / requests, samples: requests, series: windows.map(({ value }) => value) }
}

const fill = (query: string, values: Readonly<Record<string, string>>): string =>
  query.replaceAll(/\{\{(version|service|environment)\}\}/g, (_, name: string) =>
    (values[name] ?? '').replaceAll(/["\\]/g, '\\$&'),
  )

const probesEach = 5
const probeWithinMs = 2_000

async function probe(
  target: Target,
  name: WorkloadName,
  { path, status }: { readonly path: string; readonly status: number },
  signal: AbortSignal,
): Promise<Measured> {
  const endpoints = (await target.observe(name)).flatMap(({ endpoint }) => (endpoint ? [endpoint] : []))
  const asked = endpoints.flatMap((endpoint) => Array.from({ length: probesEach }, () => endpoint))
  const answers = await Promise.all(
    asked.map(async ({ host, port }) => {
      const within = AbortSignal.any([signal, AbortSignal.timeout(probeWithinMs)])
      const url = new URL(path, `http://${host}:${port}`)
      const response = await fetch(url, { redirect: 'manual', signal: within }).catch(() => null)
      await response?.body?.cancel()
      return response?.status === status
    }),
  )
  if (answers.length === 0) return nothing
  return { value: answers.filter((good) => !good).length / answers.length, samples: answers.length, series: [] }
}

/** The same script, that of the new version, for both: what measures differently compares nothing. */
async function measureByScript(
  { target, folder }: { readonly target: Target; readonly folder: string },
  name: WorkloadName,
  command: readonly string[],
  signal: AbortSignal,
): Promise<Measured> {
  const endpoints = (await target.observe(name)).flatMap(({ endpoint }) => (endpoint ? [endpoint] : []))
  const env = {
    FRAMEWORK0_ENVIRONMENT: name.environment,
    FRAMEWORK0_SERVICE: name.service,
    FRAMEWORK0_VERSION: name.version,
    FRAMEWORK0_ENDPOINTS: endpoints.map(({ host, port }) => `${host}:${port}`).join(' '),
  }
  const value = await runScript({ folder, command, env }, signal)
  return { value, samples: 1, series: [] }
}
