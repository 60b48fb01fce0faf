import { z } from 'zod'
import { AppError } from '#preload/contract/error.ts'
import type { HttpClient } from '../http/client.ts'
import { type Endpoint, secretsOf } from '../http/endpoint.ts'
import { cleanText } from '../http/server-text.ts'
import type { Product } from '../http/walk.ts'
import { status } from './alertmanager-answers.ts'
import { envelope } from './envelope.ts'
import { buildInfo } from './prometheus-answers.ts'

type Probe = (client: HttpClient, signal: AbortSignal | undefined) => Promise<Product>

const prometheus: Probe = async (client, signal) => {
  const { data } = await client.json(envelope(buildInfo), '/api/v1/status/buildinfo', { signal })
  return { product: data.application ?? 'Prometheus', version: data.version }
}

/** Servers that speak the API but predate or omit `buildinfo` still answer a query. */
const promqlServer: Probe = async (client, signal) => {
  const scalar = envelope(z.object({ resultType: z.literal('scalar') }))
  await client.json(scalar, '/api/v1/query', { query: { query: '1' }, signal })
  return { product: 'Prometheus-compatible server', version: '' }
}

const alertmanager: Probe = async (client, signal) => {
  const { versionInfo } = await client.json(status, '/api/v2/status', { signal })
  return { product: 'Alertmanager', version: versionInfo.version }
}

const grafana: Probe = async (client, signal) => {
  const health = z.object({ database: z.string(), version: z.string() })
  const { version } = await client.json(health, '/api/health', { signal })
  return { product: 'Grafana', version }
}

/**
 * What answers at the endpoint of a Prometheus connection. Throws `unsupported` naming the product if it is another
 * one, and the failure itself if nothing known answers.
 */
export const identifyPrometheus: Probe = (client, signal) =>
  identify('Prometheus', [prometheus, promqlServer], [alertmanager, grafana], client, signal)

/** As `identifyPrometheus`, for an Alertmanager connection. */
export const identifyAlertmanager: Probe = (client, signal) =>
  identify('Alertmanager', [alertmanager], [prometheus, grafana], client, signal)

/** Failures that say "something else answered", as against "nothing did" or "not you". */
const otherProduct = new Set(['not_found', 'unsupported', 'refused', 'invalid'])

async function identify(
  wanted: string,
  accepted: readonly Probe[],
  others: readonly Probe[],
  client: HttpClient,
  signal: AbortSignal | undefined,
): Promise<Product> {
  let first: unknown
  for (const probe of accepted) {
    try {
      return await probe(client, signal)
    } catch (failure) {
      if (!(failure instanceof AppError) || !otherProduct.has(failure.code)) throw failure
      first ??= failure
    }
  }
  for (const probe of others) {
    const found = await probe(client, signal).catch(() => null)
    if (found !== null) throw mistaken(client.endpoint, found, wanted)
  }
  throw first
}

function mistaken(endpoint: Endpoint, found: Product, wanted: string): AppError {
  const kinds = ['Prometheus', 'Alertmanager']
  const hint = kinds.includes(found.product)
    ? `Make a connection of the kind ${found.product} for it, or enter the address of ${wanted}.`
    : `Enter the address of ${wanted} itself.`
  const says = cleanText(`${found.product} ${found.version}`, secretsOf(endpoint))
  return new AppError('unsupported', `${endpoint.name} is ${says}, not ${wanted}.`, { hint })
}
