import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { BackendConfig } from './config.ts'
import { createHttp1Client } from './upstream/http1-client.ts'
import { createMultiplexedClient } from './upstream/multiplexed-client.ts'
import type { UpstreamClient } from './upstream/upstream.ts'

/** One address of a backend, with its connections. It lives as long as its address and protocol are configured. */
export type Endpoint = {
  readonly key: string
  readonly host: string
  readonly port: number
  readonly client: UpstreamClient
  weight: number
  current: number
  inFlight: number
  /** False while active checks say so; told by the primary. */
  healthy: boolean
  failuresInARow: number
  /** Milliseconds of `performance.now()`; 0 when it was never taken out. */
  ejectedUntil: number
}

/** What makes connections worth keeping: the same key means the same client. */
export const endpointKey = (config: BackendConfig, host: string, port: number): string =>
  JSON.stringify([config.name, host, port, config.protocol, config.tls, config.connectTimeoutMs, config.maxConnections])

export function createEndpoint(config: BackendConfig, host: string, port: number, weight: number): Endpoint {
  return {
    key: endpointKey(config, host, port),
    host,
    port,
    client: clientOf(config, host, port),
    weight,
    current: 0,
    inFlight: 0,
    healthy: true,
    failuresInARow: 0,
    ejectedUntil: 0,
  }
}

type Secure = Pick<ConnectionOptions, 'ca' | 'servername' | 'cert' | 'key'>

function clientOf(config: BackendConfig, host: string, port: number): UpstreamClient {
  const { protocol, tls, connectTimeoutMs, maxConnections } = config
  const secure: Secure = {
    ...(tls === undefined || tls.authorities.length === 0 ? {} : { ca: [...tls.authorities] }),
    ...serverNameOf(config, host),
    ...(tls?.clientCertificate === undefined
      ? {}
      : { cert: tls.clientCertificate.certificate, key: tls.clientCertificate.privateKey }),
  }
  if (protocol === 'http1' || protocol === 'https')
    return createHttp1Client({
      host,
      port,
      tls: protocol === 'https' ? secure : null,
      connectTimeoutMs,
      maxConnections,
    })
  const name = host.includes(':') ? `[${host}]` : host
  const origin = `${protocol === 'h2' ? 'https' : 'http'}://${name}:${port}`
  return createMultiplexedClient({ origin, maxConnections, connectTimeoutMs, tls: secure })
}

/** Name for SNI and verification. An address is verified as it is, but is no name to ask for (RFC 6066 §3). */
export function serverNameOf({ tls }: BackendConfig, host: string): { servername?: string } {
  const name = tls?.serverName ?? (isIP(host) === 0 ? host : undefined)
  return name === undefined ? {} : { servername: name }
}
