import { isIP } from 'node:net'
import { Pool } from 'undici'
import type { BackendConfig } from './config.ts'

/** One address of a backend, with its connections. It lives as long as its address and protocol are configured. */
export type Endpoint = {
  readonly key: string
  readonly host: string
  readonly port: number
  readonly origin: string
  readonly pool: Pool
  weight: number
  current: number
  inFlight: number
  /** False while active checks say so; told by the primary. */
  healthy: boolean
  failuresInARow: number
  /** Milliseconds of `performance.now()`; 0 when it was never taken out. */
  ejectedUntil: number
}

const keepAliveMs = 55_000

/** What makes connections worth keeping: the same key means the same pool. */
export const endpointKey = (config: BackendConfig, host: string, port: number): string =>
  JSON.stringify([config.name, host, port, config.protocol, config.tls, config.connectTimeoutMs, config.maxConnections])

export function createEndpoint(config: BackendConfig, host: string, port: number, weight: number): Endpoint {
  const name = host.includes(':') ? `[${host}]` : host
  const secure = config.protocol === 'https' || config.protocol === 'h2'
  const origin = `${secure ? 'https' : 'http'}://${name}:${port}`
  return {
    key: endpointKey(config, host, port),
    host,
    port,
    origin,
    pool: new Pool(origin, poolOptions(config, host)),
    weight,
    current: 0,
    inFlight: 0,
    healthy: true,
    failuresInARow: 0,
    ejectedUntil: 0,
  }
}

/** undici's Pool reads `useH2c` beside `h2Options` (8.12), where its types do not have it. */
type PoolOptions = Pool.Options & { readonly useH2c?: boolean }

function poolOptions(config: BackendConfig, host: string): PoolOptions {
  const { protocol, tls } = config
  const authorities = tls?.authorities ?? []
  return {
    connections: config.maxConnections,
    pipelining: protocol === 'h2c' || protocol === 'h2' ? 100 : 1,
    allowH2: protocol === 'h2c' || protocol === 'h2',
    ...(protocol === 'h2c' ? { useH2c: true } : {}),
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: 600_000,
    maxHeaderSize: 32_768,
    connect: {
      timeout: config.connectTimeoutMs,
      ...(authorities.length === 0 ? {} : { ca: [...authorities] }),
      ...serverNameOf(config, host),
      ...(tls?.clientCertificate === undefined
        ? {}
        : { cert: tls.clientCertificate.certificate, key: tls.clientCertificate.privateKey }),
    },
  }
}

/** Name for SNI and verification. An address is verified as it is, but is no name to ask for (RFC 6066 §3). */
export function serverNameOf({ tls }: BackendConfig, host: string): { servername?: string } {
  const name = tls?.serverName ?? (isIP(host) === 0 ? host : undefined)
  return name === undefined ? {} : { servername: name }
}
