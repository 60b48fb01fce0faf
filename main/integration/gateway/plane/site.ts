import type { AccessLog } from './access-log.ts'
import type { Authenticator } from './authenticator.ts'
import type { ListenerConfig } from './config.ts'
import type { Counter } from './counters.ts'
import type { Trust } from './forwarded.ts'
import type { HostMap } from './hostnames.ts'
import type { RouteTable } from './route-table.ts'
import type { RulePlan } from './rule-plan.ts'
import type { LimitDecision } from './sliding-window.ts'

/** One listener as requests meet it. */
export type Door = {
  readonly config: ListenerConfig
  readonly table: RouteTable<RulePlan>
  readonly trust: Trust
}

/** All listeners of one address, under the configuration in force. Replaced as a whole. */
export type Site = {
  readonly scheme: 'http' | 'https'
  readonly port: number
  readonly maxHeaders: number
  readonly doors: HostMap<Door>
  readonly authenticate: Authenticator
}

/** What every request of a worker shares. */
export type Shared = {
  readonly log: AccessLog
  /** For requests that no route wants. */
  readonly unrouted: Counter
  readonly limit: (key: string, requests: number, windowMs: number, decided: (decision: LimitDecision) => void) => void
  /** True once this worker, or the address the request came in by, is to go: every answer then ends its connection. */
  readonly leaving: () => boolean
}
