import cluster from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '#main/kernel/log/log.ts'
import { AppError } from '#preload/contract/error.ts'
import { checkCertificates } from './certificates.ts'
import type { PlaneConfig, PlaneConfigInput } from './config.ts'
import { checkConfig } from './config-check.ts'
import { createHealthChecks } from './health-checks.ts'
import { createMeasurements } from './measurements.ts'
import type { Asked, FromWorker, WorkerReport } from './messages.ts'
import { statusOf } from './plane-status.ts'
import { type GivenPorts, listenFailure, mustBeFree, withPorts } from './ports.ts'
import { exposition } from './prometheus.ts'
import type { AccessEntry, Listening, PlaneStatus, RouteMeasurement } from './report.ts'
import { gateKey } from './site-builder.ts'
import { createSlidingWindow } from './sliding-window.ts'
import { forkWorker, type WorkerHandle } from './worker-handle.ts'

export type GatewayOptions = {
  /** Entry file of a worker process. */
  readonly workerEntry: string
  readonly workers: number
  readonly log: Log
  readonly execArgv?: string[]
}

/** The data plane, seen from the process that owns it. */
export type GatewayPrimary = {
  /**
   * Puts a configuration in force in every worker, atomically in each. Connections stay open.
   * @throws AppError `invalid` or `conflict` (a port is taken) before anything changed.
   */
  apply(config: PlaneConfigInput): Promise<{ revision: number; listeners: Listening[] }>
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
const respawnAfterMs = 200
const entriesOfGone = 2_000

/**
 * @remarks It uses node:cluster without round robin: the primary holds the listening sockets and workers accept from
 * them, so a connection that waits in the queue of the kernel survives the worker that would have taken it.
 */
export function createGatewayPrimary(options: GatewayOptions): GatewayPrimary {
  const { log } = options
  const measurements = createMeasurements()
  const limiter = createSlidingWindow()
  const checks = createHealthChecks((unhealthy) => {
    for (const worker of all()) worker.tell({ kind: 'health', unhealthy })
  })
  let workers: WorkerHandle[] = []
  const leaving = new Set<WorkerHandle>()
  let entries: AccessEntry[] = []
  let inForce: PlaneConfig | null = null
  let given: GivenPorts = new Map()
  let revision = 0
  let closed = false
  let turn: Promise<unknown> = Promise.resolve()
  const all = (): WorkerHandle[] => [...workers, ...leaving]
  /** One change after another: two at once would mix their halves. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work)
    turn = result.catch(() => {})
    return result
  }

  cluster.schedulingPolicy = cluster.SCHED_NONE
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
  const fork = async (): Promise<WorkerHandle> => {
    const worker = forkWorker(heard)
    await worker.ready
    void worker.gone.then(() => ended(worker))
    return worker
  }
  const ended = (worker: WorkerHandle): void => {
    if (leaving.delete(worker)) return
    workers = workers.filter((each) => each !== worker)
    if (closed) return
    log.error('A gateway worker ended unexpectedly; another takes its place.', { pid: worker.pid })
    void sleep(respawnAfterMs)
      .then(() => inTurn(refill))
      .catch((error) => log.error('No gateway worker could be started.', { error }))
  }
  const refill = async (): Promise<void> => {
    while (!closed && workers.length < options.workers) workers.push(await serving(await fork()))
  }
  const serving = async (worker: WorkerHandle): Promise<WorkerHandle> => {
    if (inForce === null) return worker
    await worker.ask({ kind: 'prepare', config: inForce, unhealthy: checks.unhealthy() })
    await worker.ask({ kind: 'commit' })
    return worker
  }
  const sendAway = (worker: WorkerHandle, now: boolean): void => {
    leaving.add(worker)
    worker.tell({ kind: 'leave', now })
  }
  const takenOf = async (config: PlaneConfig): Promise<unknown> => {
    const open = new Set(inForce?.listeners.map(gateKey))
    const fresh = new Map(
      config.listeners.filter((each) => !open.has(gateKey(each))).map((each) => [gateKey(each), each]),
    )
    const looked = await Promise.allSettled([...fresh.values()].map(({ host, port }) => mustBeFree(host, port)))
    return looked.find((each) => each.status === 'rejected')?.reason ?? null
  }
  /** Opens what is new in every worker. One that ends meanwhile is replaced, once. @returns why it cannot be; null if it can. */
  const prepareAll = async (config: PlaneConfig, again = true): Promise<unknown> => {
    await refill()
    const asked: Asked = { kind: 'prepare', config, unhealthy: checks.unhealthy() }
    const failed = (await Promise.allSettled(workers.map((each) => each.ask(asked)))).find(
      (each) => each.status === 'rejected',
    )
    if (!failed) return null
    await Promise.allSettled(workers.map((worker) => worker.ask({ kind: 'abort' })))
    return again && workers.length < options.workers ? prepareAll(config, false) : failed.reason
  }
  const apply = async (input: PlaneConfigInput): Promise<{ revision: number; listeners: Listening[] }> => {
    if (closed) throw new AppError('unsupported', 'The gateway is closed.', { hint: 'Start it again.' })
    const checked = checkConfig(input)
    checkCertificates(checked)
    const next = await withPorts(checked, given)
    const failure = (await takenOf(next.config)) ?? (await prepareAll(next.config))
    if (failure !== null) throw await listenFailure(failure)
    await Promise.all(workers.map((worker) => worker.ask({ kind: 'commit' })))
    inForce = next.config
    given = next.given
    revision++
    checks.update(next.config.backends)
    return { revision, listeners: listening() }
  }
  const listening = (): Listening[] => inForce?.listeners.map(({ name, host, port }) => ({ name, host, port })) ?? []
  const reports = async (): Promise<(WorkerReport & { worker: WorkerHandle })[]> => {
    const asked = await Promise.allSettled(
      all().map(async (worker) => ({ worker, ...((await worker.ask({ kind: 'report' })) as WorkerReport) })),
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
    apply: (config) => inTurn(() => apply(config)),
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
        all().map((worker) => worker.ask({ kind: 'log', route, limit }) as Promise<AccessEntry[]>),
      )
      const fresh = read.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
      const old = entries.filter((entry) => route === undefined || entry.route === route)
      return [...fresh, ...old].sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, limit)
    },
    async metrics() {
      const told = await reports()
      return exposition(measurements.kept(), inFlightOf(told), status(told))
    },
    upgrade: () =>
      inTurn(async () => {
        const before = workers
        const fresh = await Promise.all(before.map(async () => serving(await fork())))
        workers = fresh
        for (const worker of before) sendAway(worker, false)
      }),
    close: (graceMs) =>
      inTurn(async () => {
        closed = true
        checks.update([])
        for (const worker of workers) sendAway(worker, true)
        for (const worker of leaving) worker.tell({ kind: 'leave', now: true })
        workers = []
        const gone = Promise.all([...leaving].map((worker) => worker.gone))
        await Promise.race([gone, sleep(graceMs, undefined, { ref: false })])
        for (const worker of leaving) worker.kill()
        await gone
      }),
  }
}
