import cluster from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '#main/kernel/log/log.ts'
import { AppError } from '#preload/contract/error.ts'
import { checkCertificates } from './certificates.ts'
import type { ListenerConfig, PlaneConfig, PlaneConfigInput } from './config.ts'
import { checkConfig } from './config-check.ts'
import { createCrew } from './crew.ts'
import { createHealthChecks } from './health-checks.ts'
import { createHeldSockets } from './held-sockets.ts'
import { createMeasurements } from './measurements.ts'
import type { FromWorker, OpenFailure, WorkerReport } from './messages.ts'
import { statusOf } from './plane-status.ts'
import { type GivenPorts, listenFailure, takenOf, whyShut, withPorts } from './ports.ts'
import { exposition } from './prometheus.ts'
import type { AccessEntry, Listening, PlaneStatus, RouteMeasurement } from './report.ts'
import { socketKey } from './site-builder.ts'
import { createSlidingWindow } from './sliding-window.ts'
import { WorkerFailure, type WorkerHandle } from './worker-handle.ts'

export type GatewayOptions = {
  /** Entry file of a worker process. */
  readonly workerEntry: string
  readonly workers: number
  readonly log: Log
  readonly execArgv?: string[]
}

type Applied = { readonly revision: number; readonly listeners: Listening[] }

/** The data plane, seen from the process that owns it. */
export type GatewayPrimary = {
  /**
   * Puts a configuration in force in every worker, atomically in each. Connections stay open.
   * @throws AppError `invalid` or `conflict` (a port is taken) before anything changed.
   */
  apply(config: PlaneConfigInput): Promise<Applied>
  /** As `apply`, yet a port that is taken keeps only its own listeners from being served. They are tried again. */
  applyPartly(config: PlaneConfigInput): Promise<Applied>
  /** Counts of each route and backend, and windows since `since` (ISO 8601; the last 15 minutes are kept). */
  measure(input: { route?: string; since?: string }): Promise<RouteMeasurement[]>
  status(): Promise<PlaneStatus>
  /** Resolves when no request is in flight to this backend in any worker, or `timeoutMs` passed. */
  drained(input: { backend: string; timeoutMs: number }): Promise<{ drained: boolean; inFlight: number }>
  /** The newest entries, newest first. */
  accessLog(input: { route?: string; limit: number }): Promise<AccessEntry[]>
  /** Prometheus text exposition. */
  metrics(): Promise<string>
  /** Replaces every worker by a fresh one. The old ones finish what they serve, and are gone at the latest after ten minutes. */
  upgrade(): Promise<void>
  /** Takes no new connection, waits for what is in flight up to `graceMs`, then ends everything. */
  close(graceMs: number): Promise<void>
}

const drainLookEveryMs = 25
const openAgainEveryMs = 2_000
const entriesOfGone = 2_000

/**
 * @remarks Of node:cluster it uses the fork alone. The primary holds the listening sockets and workers accept from them, so
 * a connection that waits in the queue of the kernel survives the worker that would have taken it, the last one included.
 */
export function createGatewayPrimary(options: GatewayOptions): GatewayPrimary {
  const { log } = options
  const measurements = createMeasurements()
  const limiter = createSlidingWindow()
  const checks = createHealthChecks((unhealthy) => {
    for (const worker of crew.all()) worker.tell({ kind: 'health', unhealthy })
  })
  const sockets = createHeldSockets()
  let entries: AccessEntry[] = []
  let inForce: PlaneConfig | null = null
  let given: GivenPorts = new Map()
  /** Why sockets of what is in force are not open, by `socketKey`. */
  let shut: ReadonlyMap<string, string> = new Map()
  let openingAgain = false
  let revision = 0
  let closed = false
  let turn: Promise<unknown> = Promise.resolve()
  /** One change after another: two at once would mix their halves. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work)
    turn = result.catch(() => {})
    return result
  }

  cluster.setupPrimary({ exec: options.workerEntry, args: [], execArgv: options.execArgv ?? [], silent: false })

  const heard = (message: FromWorker, worker: WorkerHandle): void => {
    if (message.kind === 'deltas') for (const delta of message.deltas) measurements.add(delta)
    else if (message.kind === 'limit') {
      const now = performance.now()
      const decisions = message.asks.map(([id, key, requests, windowMs]) => {
        const { allowed, remaining, retryAfterMs } = limiter.take(key, requests, windowMs, now)
        return [id, allowed, remaining, retryAfterMs] as const
      })
      worker.tell({ kind: 'limits', decisions })
    } else if (message.kind === 'bye') {
      for (const delta of message.deltas) measurements.add(delta)
      entries = [...message.entries, ...entries].slice(0, entriesOfGone)
    }
  }
  const prepare = (worker: WorkerHandle, config: PlaneConfig, fresh: readonly string[]): Promise<unknown> =>
    worker.ask({ kind: 'prepare', config, unhealthy: checks.unhealthy(), fresh, held: sockets.keys() })
  const crew = createCrew({
    ...{ size: options.workers, sockets, log, heard, inTurn },
    async serve(worker) {
      if (inForce === null) return
      await prepare(worker, inForce, [])
      await worker.ask({ kind: 'commit' })
    },
  })
  /** The first worker opens what is new, the others are given it. One that ends meanwhile is replaced, once. */
  const prepareAll = async (config: PlaneConfig, fresh: readonly string[], again = true): Promise<OpenFailure[]> => {
    await crew.refill()
    const [first, ...others] = crew.workers()
    try {
      const failures = first ? ((await prepare(first, config, fresh)) as OpenFailure[]) : []
      await Promise.all(others.map((worker) => prepare(worker, config, [])))
      return failures
    } catch (error) {
      await abort()
      if (again && !crew.isFull()) return prepareAll(config, fresh, false)
      throw error
    }
  }
  const abort = async (): Promise<void> => {
    await Promise.allSettled(crew.workers().map((worker) => worker.ask({ kind: 'abort' })))
    sockets.retain(socketsOf(inForce))
  }
  const commit = async (): Promise<void> => {
    // What it was asked for is known to be right, so another worker does it.
    const orders = crew.workers().map((worker) => worker.ask({ kind: 'commit' }).catch(() => worker.kill()))
    await Promise.all(orders)
  }
  /** Puts a configuration in force. Sockets that `mayStayShut` and cannot be opened are left shut, and told. */
  const put = async (config: PlaneConfig, mayStayShut: (key: string) => boolean): Promise<void> => {
    const missing = new Map(config.listeners.map((each) => [socketKey(each), each] as const))
    for (const key of sockets.keys()) missing.delete(key)
    const failures: OpenFailure[] = await takenOf(missing)
    const check = async (): Promise<void> => {
      const failed = failures.find(({ key }) => !mayStayShut(key))
      if (failed) throw await listenFailure(new WorkerFailure(failed))
    }
    await check()
    const fresh = [...missing.keys()].filter((key) => !failures.some((each) => each.key === key))
    try {
      failures.push(...(await prepareAll(config, fresh)))
      await check()
    } catch (error) {
      await abort()
      throw await listenFailure(error)
    }
    inForce = config
    await commit()
    sockets.retain(socketsOf(config))
    await tellShut(failures)
  }
  const tellShut = async (failures: readonly OpenFailure[]): Promise<void> => {
    shut = new Map(await Promise.all(failures.map(async (each) => [each.key, await whyShut(each)] as const)))
    if (shut.size === 0 || openingAgain || closed) return
    openingAgain = true
    void sleep(openAgainEveryMs, undefined, { ref: false })
      .then(() => {
        openingAgain = false
        return inTurn(openAgain)
      })
      .catch((error: unknown) => log.error('What is shut could not be opened.', { error }))
  }
  const openAgain = async (): Promise<void> => {
    if (closed || inForce === null) return
    const { listeners } = inForce
    const waiting = new Map(listeners.map((each) => [socketKey(each), each] as const).filter(([key]) => shut.has(key)))
    const taken = await takenOf(waiting)
    // Nothing is put in force again only to find all of it as it was.
    if (taken.length === waiting.size) await tellShut(taken)
    else await put(inForce, () => true)
  }
  const apply = async (input: PlaneConfigInput, partly: boolean) => {
    if (closed) throw new AppError('unsupported', 'The gateway is closed.', { hint: 'Start it again.' })
    const checked = checkConfig(input)
    checkCertificates(checked)
    const next = await withPorts(checked, given)
    await put(next.config, (key) => partly || shut.has(key))
    given = next.given
    revision++
    checks.update(next.config.backends)
    return { revision, listeners: listening() }
  }
  const listening = (): Listening[] => {
    const unserved = crew.workers().length === 0 ? noWorker : null
    const told = ({ name, host, port }: ListenerConfig): Listening => ({
      ...{ name, host, port },
      refusal: shut.get(socketKey({ host, port })) ?? unserved,
    })
    return inForce?.listeners.map(told) ?? []
  }
  const reports = async (): Promise<(WorkerReport & { worker: WorkerHandle })[]> => {
    const asked = await Promise.allSettled(
      crew.all().map(async (worker) => ({ worker, ...((await worker.ask({ kind: 'report' })) as WorkerReport) })),
    )
    const told = asked.filter((each) => each.status === 'fulfilled').map(({ value }) => value)
    for (const { deltas } of told) for (const delta of deltas) measurements.add(delta)
    return told
  }
  const inFlightOf =
    (told: readonly WorkerReport[]) =>
    (route: string, backend: string | null): number =>
      told
        .flatMap(({ inFlight }) => inFlight)
        .reduce((sum, [at, of, count]) => (at === route && of === backend ? sum + count : sum), 0)
  const status = (told: readonly (WorkerReport & { worker: WorkerHandle })[]): PlaneStatus =>
    statusOf({ revision, listeners: listening(), config: inForce, told, health: checks.stateOf })

  return {
    apply: (config) => inTurn(() => apply(config, false)),
    applyPartly: (config) => inTurn(() => apply(config, true)),
    measure: async (input) => measurements.read(input, inFlightOf(await reports())),
    status: async () => status(await reports()),
    async drained({ backend, timeoutMs }) {
      const deadline = performance.now() + timeoutMs
      for (;;) {
        const told = await reports()
        const inFlight = told
          .flatMap(({ backends }) => backends)
          .filter(({ name }) => name === backend)
          .reduce((sum, each) => sum + each.inFlight, 0)
        if (inFlight === 0 || performance.now() >= deadline) return { drained: inFlight === 0, inFlight }
        await sleep(drainLookEveryMs)
      }
    },
    async accessLog({ route, limit }) {
      const read = await Promise.allSettled(
        crew.all().map((worker) => worker.ask({ kind: 'log', route, limit }) as Promise<AccessEntry[]>),
      )
      const fresh = read.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
      const old = entries.filter((entry) => route === undefined || entry.route === route)
      return [...fresh, ...old].sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, limit)
    },
    async metrics() {
      const told = await reports()
      return exposition(measurements.kept(), inFlightOf(told), status(told))
    },
    upgrade: () => inTurn(crew.replace),
    close: (graceMs) =>
      inTurn(async () => {
        closed = true
        checks.update([])
        sockets.retain(new Set())
        await crew.close(graceMs)
      }),
  }
}

const noWorker = 'No worker of the gateway runs, so nobody is answered. One is started again.'
const socketsOf = (config: PlaneConfig | null): ReadonlySet<string> => new Set(config?.listeners.map(socketKey))
