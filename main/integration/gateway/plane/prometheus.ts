import { boundOf, bucketCount } from './histogram.ts'
import { totalsOf } from './measurements.ts'
import type { PlaneStatus } from './report.ts'

type Kept = Parameters<typeof totalsOf>[0]

const label = (text: string): string => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"')
const named = (route: string, backend: string | null): string =>
  `route="${label(route)}",backend="${label(backend ?? '')}"`

/** Every eighth bound is told: steps of 85 %, which Prometheus can work with and which stay few. */
const step = 8

/** Prometheus text exposition format 0.0.4. */
export function exposition(
  kept: readonly Kept[],
  inFlight: (route: string, backend: string | null) => number,
  status: PlaneStatus,
): string {
  const lines: string[] = []
  const family = (name: string, type: string, help: string, samples: readonly string[]): void => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples)
  }
  const totals = kept.map(
    (each) => [named(each.route, each.backend), totalsOf(each, inFlight(each.route, each.backend))] as const,
  )
  family(
    'framework0_gateway_requests_total',
    'counter',
    'Answers by status class.',
    totals.flatMap(([labels, { responses }]) =>
      Object.entries(responses).map(
        ([code, count]) => `framework0_gateway_requests_total{${labels},code="${code}"} ${count}`,
      ),
    ),
  )
  family(
    'framework0_gateway_failures_total',
    'counter',
    'Failures of the backend by reason.',
    totals.flatMap(([labels, { failures }]) =>
      Object.entries(failures).map(
        ([reason, count]) => `framework0_gateway_failures_total{${labels},reason="${reason}"} ${count}`,
      ),
    ),
  )
  family(
    'framework0_gateway_client_aborts_total',
    'counter',
    'Requests whose client went away.',
    totals.map(([labels, { clientAborts }]) => `framework0_gateway_client_aborts_total{${labels}} ${clientAborts}`),
  )
  family(
    'framework0_gateway_invalid_requests_total',
    'counter',
    'Requests refused because they are not as their API describes.',
    totals.map(([labels, { invalid }]) => `framework0_gateway_invalid_requests_total{${labels}} ${invalid}`),
  )
  family(
    'framework0_gateway_retries_total',
    'counter',
    'Further attempts.',
    totals.map(([labels, { retries }]) => `framework0_gateway_retries_total{${labels}} ${retries}`),
  )
  family(
    'framework0_gateway_in_flight',
    'gauge',
    'Requests being served.',
    totals.map(([labels, total]) => `framework0_gateway_in_flight{${labels}} ${total.inFlight}`),
  )
  family(
    'framework0_gateway_request_duration_seconds',
    'histogram',
    'From request to the end of the answer.',
    kept.flatMap(histogram),
  )
  family(
    'framework0_gateway_endpoint_up',
    'gauge',
    '1 unless the endpoint is unhealthy.',
    status.backends.flatMap(({ backend, endpoints }) =>
      endpoints.map(
        ({ host, port, health }) =>
          `framework0_gateway_endpoint_up{backend="${label(backend)}",endpoint="${label(`${host}:${port}`)}"} ${health === 'unhealthy' ? 0 : 1}`,
      ),
    ),
  )
  family(
    'framework0_gateway_listener_up',
    'gauge',
    '1 while the listener is open and somebody answers there.',
    status.listeners.map(
      ({ name, refusal }) => `framework0_gateway_listener_up{listener="${label(name)}"} ${refusal === null ? 1 : 0}`,
    ),
  )
  family('framework0_gateway_config_revision', 'gauge', 'Revision in force.', [
    `framework0_gateway_config_revision ${status.revision}`,
  ])
  return `${lines.join('\n')}\n`
}

function histogram({ route, backend, counts, requests, sumMs }: Kept): string[] {
  const name = 'framework0_gateway_request_duration_seconds'
  const labels = named(route, backend)
  const lines: string[] = []
  let seen = 0
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    seen += counts[bucket] ?? 0
    if (bucket % step === 0)
      lines.push(`${name}_bucket{${labels},le="${(boundOf(bucket) / 1_000).toPrecision(4)}"} ${seen}`)
  }
  return [
    ...lines,
    `${name}_bucket{${labels},le="+Inf"} ${requests}`,
    `${name}_sum{${labels}} ${sumMs / 1_000}`,
    `${name}_count{${labels}} ${requests}`,
  ]
}
