import type { Pool } from 'undici'
import { type Endpoint, tlsOptions } from './endpoint.ts'

export type Connections = {
  /** Opened at the first request, which is when undici is loaded: it costs a start 40 ms in each thread. */
  pool(): Promise<Pool>
  /** The last TLS alert that ended a connection, or null. */
  alert(): Error | null
  /** Ends what is under way; later requests fail. */
  close(): Promise<void>
}

const connectionLimit = 8

/**
 * The connections to one origin. In TLS 1.3 a server refuses a client's certificate only after the handshake, by an
 * alert that undici reports as a mere "other side closed"; so the alerts are kept here.
 */
export function openConnections(origin: string, endpoint: Endpoint, timeoutMs: number): Connections {
  let alert: Error | null = null
  const timeout = Math.min(10_000, timeoutMs)
  const tls = tlsOptions(endpoint.tls)
  const open = async (): Promise<Pool> => {
    const { buildConnector, Pool } = await import('undici')
    const connect = buildConnector({ ...tls, timeout, allowH2: false })
    return new Pool(origin, {
      connections: connectionLimit,
      pipelining: 1,
      allowH2: false,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connect: (options, done) =>
        connect(options, (...result) => {
          const [, socket] = result
          socket?.prependListener('error', (error: Error) => {
            if (isAlert(error)) alert = error
          })
          done(...result)
        }),
    })
  }
  let opened: Promise<Pool> | null = null
  const pool = (): Promise<Pool> => {
    opened ??= open()
    return opened
  }
  return {
    pool,
    close: async () => (await pool()).destroy(),
    alert: () => alert,
  }
}

const isAlert = (error: Error): boolean => 'code' in error && String(error.code).startsWith('ERR_SSL_')
