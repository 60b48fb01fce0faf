import { request as plainRequest } from 'node:http'
import { connect } from 'node:http2'
import { request as secureRequest } from 'node:https'
import type { BackendConfig } from './config.ts'
import { serverNameOf } from './endpoint.ts'
import type { EndpointStatus } from './report.ts'

type Health = Pick<EndpointStatus, 'health' | 'why' | 'since'>
type Watched = {
  readonly backend: string
  readonly host: string
  readonly port: number
  signature: string
  successes: number
  failures: number
  state: Health
  stop(): void
}

/** Active health checks of all endpoints, once for all workers. `changed` gets the keys of what is unhealthy now. */
export function createHealthChecks(changed: (unhealthy: string[]) => void) {
  const watched = new Map<string, Watched>()
  const unhealthy = (): string[] =>
    [...watched].filter(([, { state }]) => state.health === 'unhealthy').map(([key]) => key)
  const judge = (entry: Watched, check: NonNullable<BackendConfig['healthCheck']>, why: string | null): void => {
    entry.successes = why === null ? entry.successes + 1 : 0
    entry.failures = why === null ? 0 : entry.failures + 1
    const { health } = entry.state
    const better =
      why === null && health !== 'healthy' && (health === 'unknown' || entry.successes >= check.healthyAfter)
    const worse = why !== null && health !== 'unhealthy' && entry.failures >= check.unhealthyAfter
    if (!better && !worse) return
    entry.state = { health: better ? 'healthy' : 'unhealthy', why, since: new Date().toISOString() }
    if (worse || health === 'unhealthy') changed(unhealthy())
  }
  const update = (backends: readonly BackendConfig[]): void => {
    const wanted = new Map<string, { config: BackendConfig; host: string; port: number }>(
      backends.flatMap((config) =>
        config.endpoints.map(({ host, port }) => [`${config.name}\n${host}\n${port}`, { config, host, port }] as const),
      ),
    )
    for (const [key, entry] of watched) {
      const now = wanted.get(key)
      if (now && entry.signature === JSON.stringify([now.config.healthCheck, now.config.protocol, now.config.tls]))
        continue
      entry.stop()
      watched.delete(key)
    }
    for (const [key, { config, host, port }] of wanted)
      if (!watched.has(key)) watched.set(key, watch(config, host, port, judge))
  }
  const stateOf = (backend: string, host: string, port: number): Health =>
    watched.get(`${backend}\n${host}\n${port}`)?.state ?? {
      health: 'unknown',
      why: null,
      since: new Date().toISOString(),
    }
  return { update, stateOf, unhealthy }
}

function watch(
  config: BackendConfig,
  host: string,
  port: number,
  judge: (entry: Watched, check: NonNullable<BackendConfig['healthCheck']>, why: string | null) => void,
): Watched {
  const check = config.healthCheck
  let timer: NodeJS.Timeout | null = null
  let stopped = false
  const entry: Watched = {
    backend: config.name,
    host,
    port,
    signature: JSON.stringify([check, config.protocol, config.tls]),
    successes: 0,
    failures: 0,
    state: { health: 'unknown', why: check ? null : 'no health check', since: new Date().toISOString() },
    stop: () => {
      stopped = true
      if (timer) clearTimeout(timer)
    },
  }
  const look = async (): Promise<void> => {
    if (!check) return
    const why = await probe(config, check, host, port)
    if (stopped) return
    judge(entry, check, why)
    timer = setTimeout(look, check.intervalMs)
    timer.unref()
  }
  void look()
  return entry
}

/** @returns why the endpoint is not well, or null. */
function probe(
  config: BackendConfig,
  check: NonNullable<BackendConfig['healthCheck']>,
  host: string,
  port: number,
): Promise<string | null> {
  const verdict = (status: number): string | null => {
    const well = check.statuses ? check.statuses.includes(status) : status >= 200 && status < 400
    return well ? null : `answered ${status}`
  }
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message)
    const late = (): void => resolve(`no answer in ${check.timeoutMs} ms`)
    if (config.protocol === 'h2c' || config.protocol === 'h2')
      return probeHttp2(config, check, host, port, (status) => resolve(verdict(status)), failed, late)
    const authorities = config.tls?.authorities ?? []
    const options = {
      host,
      port,
      path: check.path,
      agent: false as const,
      headers: { 'user-agent': 'framework0-gateway-health' },
      signal: AbortSignal.timeout(check.timeoutMs),
    }
    const asking =
      config.protocol === 'https'
        ? secureRequest({
            ...options,
            ...serverNameOf(config, host),
            ...(authorities.length > 0 ? { ca: [...authorities] } : {}),
          })
        : plainRequest(options)
    asking.on('response', (answer) => {
      answer.destroy()
      resolve(verdict(answer.statusCode ?? 0))
    })
    asking.on('error', (error) =>
      error.name === 'AbortError' || error.name === 'TimeoutError' ? late() : failed(error),
    )
    asking.end()
  })
}

function probeHttp2(
  config: BackendConfig,
  check: NonNullable<BackendConfig['healthCheck']>,
  host: string,
  port: number,
  answered: (status: number) => void,
  failed: (error: NodeJS.ErrnoException) => void,
  late: () => void,
): void {
  const authorities = config.tls?.authorities ?? []
  const secure = config.protocol === 'h2'
  const session = connect(`${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`, {
    ...(secure ? serverNameOf(config, host) : {}),
    ...(authorities.length > 0 ? { ca: [...authorities] } : {}),
  })
  const timer = setTimeout(() => {
    late()
    session.destroy()
  }, check.timeoutMs)
  session.on('error', failed)
  session.on('close', () => clearTimeout(timer))
  const stream = session.request({ ':path': check.path })
  stream.on('error', failed)
  stream.on('response', (headers) => {
    answered(Number(headers[':status']))
    session.destroy()
  })
  stream.end()
}
