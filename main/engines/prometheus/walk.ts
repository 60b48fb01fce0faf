import type { Endpoint } from '../http/endpoint.ts'
import { type Step, walk } from '../http/walk.ts'
import { identifyAlertmanager, identifyPrometheus } from './identify.ts'

const kinds = {
  prometheus: { identify: identifyPrometheus, probePath: '/api/v1/status/buildinfo' },
  alertmanager: { identify: identifyAlertmanager, probePath: '/api/v2/status' },
} as const

/** The connection test (see `walk`) for a Prometheus or an Alertmanager. */
export const walkConnection = (
  kind: keyof typeof kinds,
  endpoint: Endpoint,
  signal?: AbortSignal,
): AsyncIterable<Step> => walk(endpoint, { ...kinds[kind], signal })
