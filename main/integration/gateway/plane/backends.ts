import { type Circuit, type CircuitState, createCircuit } from './circuit.ts'
import type { BackendConfig } from './config.ts'
import { createEndpoint, type Endpoint, endpointKey } from './endpoint.ts'

/** A backend in one worker. The object stays when its configuration changes, so that what is in flight is not lost. */
export type Backend = {
  readonly name: string
  config: BackendConfig
  endpoints: Endpoint[]
  circuit: Circuit | null
  inFlight: number
}

export type Pick =
  | { readonly kind: 'endpoint'; readonly endpoint: Endpoint }
  | { readonly kind: 'none'; readonly reason: string }

/** What a worker tells of its backends. */
export type BackendReport = {
  readonly name: string
  readonly inFlight: number
  readonly circuit: CircuitState
  readonly endpoints: readonly {
    readonly host: string
    readonly port: number
    readonly inFlight: number
    readonly ejected: boolean
  }[]
}

const unhealthyKey = (backend: string, host: string, port: number): string => `${backend}\n${host}\n${port}`

/** All backends of a worker, over configurations. */
export function createBackends() {
  const backends = new Map<string, Backend>()
  /** Out of the configuration, with requests that still run. */
  const leaving = new Set<Backend>()
  let unhealthy = new Set<string>()
  const update = (configs: readonly BackendConfig[]): ReadonlyMap<string, Backend> => {
    for (const name of backends.keys()) if (!configs.some((config) => config.name === name)) remove(name)
    for (const config of configs) {
      const backend = backends.get(config.name) ?? {
        name: config.name,
        config,
        endpoints: [],
        circuit: null,
        inFlight: 0,
      }
      if (backend.circuit === null || JSON.stringify(backend.config.circuit) !== JSON.stringify(config.circuit))
        backend.circuit = config.circuit === undefined ? null : createCircuit(config.circuit)
      backend.config = config
      setEndpoints(backend, config)
      backends.set(config.name, backend)
    }
    setHealth([...unhealthy])
    return new Map(backends)
  }
  const remove = (name: string): void => {
    const backend = backends.get(name)
    if (!backend) return
    backends.delete(name)
    for (const { client } of backend.endpoints) client.close()
    backend.endpoints = []
    leaving.add(backend)
  }
  const setHealth = (keys: readonly string[]): void => {
    unhealthy = new Set(keys)
    for (const { name, endpoints } of backends.values())
      for (const endpoint of endpoints)
        endpoint.healthy = !unhealthy.has(unhealthyKey(name, endpoint.host, endpoint.port))
  }
  const report = (): BackendReport[] => {
    const now = performance.now()
    for (const backend of leaving) if (backend.inFlight === 0) leaving.delete(backend)
    return [...backends.values(), ...leaving].map((backend) => reportOf(backend, now))
  }
  return { update, setHealth, report }
}
export type Backends = ReturnType<typeof createBackends>

function setEndpoints(backend: Backend, config: BackendConfig): void {
  const before = new Map(backend.endpoints.map((endpoint) => [endpoint.key, endpoint]))
  backend.endpoints = config.endpoints.map(({ host, port, weight }) => {
    const key = endpointKey(config, host, port)
    const kept = before.get(key)
    if (!kept) return createEndpoint(config, host, port, weight)
    before.delete(key)
    kept.weight = weight
    return kept
  })
  for (const { client } of before.values()) client.close()
}

function reportOf(backend: Backend, now: number): BackendReport {
  return {
    name: backend.name,
    inFlight: backend.inFlight,
    circuit: backend.circuit?.state(now) ?? 'closed',
    endpoints: backend.endpoints.map(({ host, port, inFlight, ejectedUntil }) => ({
      host,
      port,
      inFlight,
      ejected: ejectedUntil > now,
    })),
  }
}

/** An endpoint by smooth weighted round robin over those that can serve; `not` only when there is no other. */
export function pickEndpoint(backend: Backend, now: number, not: Endpoint | null): Pick {
  if (backend.circuit !== null && !backend.circuit.allows(now)) return { kind: 'none', reason: 'circuit open' }
  let best: Endpoint | null = null
  let total = 0
  for (const endpoint of backend.endpoints) {
    if (endpoint.weight === 0 || !endpoint.healthy || endpoint.ejectedUntil > now || endpoint === not) continue
    endpoint.current += endpoint.weight
    total += endpoint.weight
    if (best === null || endpoint.current > best.current) best = endpoint
  }
  if (best === null && not !== null && not.healthy && backend.endpoints.includes(not)) best = not
  if (best === null) {
    backend.circuit?.forget()
    return { kind: 'none', reason: backend.endpoints.length === 0 ? 'no endpoints' : 'no healthy endpoint' }
  }
  best.current -= total
  return { kind: 'endpoint', endpoint: best }
}

/** What an attempt says about its endpoint: passive health and the circuit of its backend. */
export function recordAttempt(backend: Backend, endpoint: Endpoint, failed: boolean, now: number): void {
  backend.circuit?.record(failed, now)
  if (!failed) {
    endpoint.failuresInARow = 0
    return
  }
  endpoint.failuresInARow++
  const { passive } = backend.config
  if (passive === undefined || endpoint.failuresInARow < passive.consecutiveFailures) return
  endpoint.failuresInARow = 0
  endpoint.ejectedUntil = now + passive.ejectMs
}
