import type { SendHandle } from 'node:child_process'
import { createAcceptors, type ListeningHandle } from './acceptors.ts'
import { createAccessLog } from './access-log.ts'
import { createBackends } from './backends.ts'
import type { PlaneConfig } from './config.ts'
import { createCounters } from './counters.ts'
import { compiledDefinition } from './definitions.ts'
import { type Gate, openGate } from './gate.ts'
import type { Asked, FromWorker, LimitAsk, OpenFailure, ToWorker, WorkerReport } from './messages.ts'
import { serverNames } from './server-names.ts'
import type { Shared } from './site.ts'
import { buildSites, byGate, socketKey } from './site-builder.ts'
import type { LimitDecision } from './sliding-window.ts'

type Preparing = Extract<Asked, { kind: 'prepare' }>

const tellEveryMs = 1_000
const leaveWithinMs = 600_000
const send = (message: FromWorker, handle?: ListeningHandle): void => void process.send?.(message, handle as SendHandle)
const second = (): number => Math.floor(Date.now() / 1_000)

/** Runs a worker process of the data plane until its primary sends it away, or is gone. */
export function runGatewayWorker(): void {
  const log = createAccessLog()
  const backends = createBackends()
  const counters = createCounters()
  const limits = createLimitClient()
  const { open, came } = createAcceptors(send)
  let leaving = false
  const shared: Shared = { log, unrouted: counters.of('', null), limit: limits.ask, leaving: () => leaving }
  let gates = new Map<string, Gate>()
  /** Their addresses are gone, and connections of theirs are still busy. */
  const retiring = new Set<Gate>()
  const connections = (): number => [...gates.values(), ...retiring].reduce((sum, gate) => sum + gate.connections(), 0)
  let prepared: { config: PlaneConfig; opened: Map<string, Gate>; unhealthy: readonly string[] } | null = null

  const prepare = async ({ config, unhealthy, fresh, held }: Preparing): Promise<OpenFailure[]> => {
    const opened = new Map<string, Gate>()
    const failures: OpenFailure[] = []
    prepared = { config, opened, unhealthy }
    for (const listener of config.listeners) if (listener.protocol === 'https') serverNames([listener])
    for (const definition of config.definitions) compiledDefinition(definition)
    for (const [key, listeners] of byGate(config.listeners)) {
      const at = listeners[0] ? socketKey(listeners[0]) : ''
      const isHeld = held.includes(at)
      if (gates.has(key) || !(isHeld || fresh.includes(at))) continue
      try {
        opened.set(key, await openGate({ key, listeners, shared, held: isHeld, open }))
      } catch (error) {
        failures.push({ key: at, ...told(error) })
      }
    }
    return failures
  }
  const abort = (): void => {
    for (const gate of prepared?.opened.values() ?? []) gate.leave()
    prepared = null
  }
  const commit = (): void => {
    if (!prepared) throw new Error('There is nothing to commit.')
    const { config, opened, unhealthy } = prepared
    prepared = null
    const sites = buildSites(config, backends, counters)
    backends.setHealth(unhealthy)
    const next = new Map([...gates, ...opened])
    for (const [key, gate] of next) {
      const site = sites.get(key)
      if (site) gate.enter(site, byGate(config.listeners).get(key) ?? [])
      else {
        retiring.add(gate)
        void gate.retire().then(() => retiring.delete(gate))
        next.delete(key)
      }
    }
    gates = next
  }
  const report = (): WorkerReport => ({
    connections: connections(),
    backends: backends.report(),
    inFlight: counters.inFlight(),
    deltas: counters.take(second()),
  })
  const answer = (asked: Asked): unknown => {
    if (asked.kind === 'prepare') return prepare(asked)
    if (asked.kind === 'commit') return commit()
    if (asked.kind === 'abort') return abort()
    return asked.kind === 'report' ? report() : log.read(asked.route, asked.limit)
  }
  const leave = (now: boolean): void => {
    leaving = true
    for (const gate of gates.values()) gate.leave()
    const started = performance.now()
    const look = (): void => {
      if (now) for (const gate of gates.values()) gate.closeIdle()
      if (connections() > 0 && performance.now() - started < leaveWithinMs) return
      clearInterval(timer)
      const bye: FromWorker = { kind: 'bye', deltas: counters.take(second()), entries: log.read(undefined, 1_000) }
      process.send?.(bye, () => process.exit(0))
    }
    const timer = setInterval(look, 50)
    look()
  }
  process.on('message', (message: ToWorker, handle: unknown) => {
    if (message.kind === 'handle') came(message.id, handle as ListeningHandle | undefined)
    else if (message.kind === 'ask') void reply(message.id, message.asked, answer)
    else if (message.kind === 'health') backends.setHealth(message.unhealthy)
    else if (message.kind === 'limits') limits.decided(message.decisions)
    else if (message.kind === 'leave') leave(message.now)
  })
  process.on('disconnect', () => process.exit(0))
  setInterval(() => {
    const deltas = counters.take(second())
    if (deltas.length > 0) send({ kind: 'deltas', deltas })
  }, tellEveryMs)
  send({ kind: 'ready' })
}

async function reply(id: number, asked: Asked, answer: (asked: Asked) => unknown): Promise<void> {
  try {
    send({ kind: 'answer', id, value: (await answer(asked)) ?? null })
  } catch (error) {
    send({ kind: 'failure', id, ...told(error) })
  }
}

function told(error: unknown): Omit<OpenFailure, 'key'> {
  const {
    code = '',
    message = '',
    address = '',
    port,
  } = error as NodeJS.ErrnoException & {
    readonly address?: string
    readonly port?: number
  }
  return { code, message, address: port === undefined ? '' : `${address}:${port}` }
}

/** Asks the primary, which alone can count exactly for all workers; everything asked in one turn goes in one message. */
function createLimitClient() {
  const waiting = new Map<number, (decision: LimitDecision) => void>()
  let asks: LimitAsk[] = []
  let next = 0
  const flush = (): void => {
    send({ kind: 'limit', asks })
    asks = []
  }
  return {
    ask(key: string, requests: number, windowMs: number, decided: (decision: LimitDecision) => void): void {
      if (asks.length === 0) setImmediate(flush)
      const id = next++
      waiting.set(id, decided)
      asks.push([id, key, requests, windowMs])
    },
    decided(decisions: readonly (readonly [number, boolean, number, number])[]): void {
      for (const [id, allowed, remaining, retryAfterMs] of decisions) {
        waiting.get(id)?.({ allowed, remaining, retryAfterMs })
        waiting.delete(id)
      }
    },
  }
}
