import type { Duplex } from 'node:stream'
import type { Caller } from './authenticator.ts'
import type { ClientRequest, ClientResponse } from './client-side.ts'
import type { Ending } from './counters.ts'
import type { Found } from './route-table.ts'
import type { RulePlan } from './rule-plan.ts'
import type { Shared, Site } from './site.ts'
import type { Trace } from './trace-context.ts'

/** Where the bytes of an upgraded connection go on. */
export type Upgrade = { readonly socket: Duplex; readonly head: Buffer }

/** An exchange as those see it who carry it on to a backend. */
export type Ongoing = {
  readonly request: ClientRequest
  readonly response: ClientResponse
  readonly shared: Shared
  readonly site: Site
  readonly upgrade: Upgrade | null
  readonly trace: Trace
  readonly authority: string
  readonly path: string
  readonly query: string
  readonly peer: string
  readonly trusted: boolean
  readonly found: Found<RulePlan> | null
  readonly caller: Caller | null
  readonly added: readonly string[]
  /** The body where it was read before it is sent on. */
  readonly held: Buffer | null
  readonly over: boolean
  refuseFor(status: number, ending: Ending, reason: string): void
  attachSocket(upgrade: Upgrade): void
  complete(status: number, ending: Ending, reason: string | null): void
}
