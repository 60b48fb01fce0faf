import type { BackendReport } from './backends.ts'
import type { PlaneConfig } from './config.ts'
import type { Delta } from './counters.ts'
import type { AccessEntry } from './report.ts'

/** What one worker knows at a moment. Asking also sends its deltas on, so that what is measured is complete. */
export type WorkerReport = {
  readonly connections: number
  readonly backends: readonly BackendReport[]
  readonly inFlight: readonly (readonly [route: string, backend: string | null, count: number])[]
  readonly deltas: readonly Delta[]
}

/** What the system said of an address that a worker could not open. */
export type OpenFailure = {
  /** Its `socketKey`. */
  readonly key: string
  readonly code: string
  readonly message: string
  readonly address: string
}

export type Asked =
  /**
   * Opens new addresses and compiles; nothing is served differently yet. Ports are not 0. Answers with the addresses that
   * could not be opened (`OpenFailure[]`).
   */
  | {
      readonly kind: 'prepare'
      readonly config: PlaneConfig
      readonly unhealthy: readonly string[]
      /** The sockets that this worker opens itself. What is neither here nor held stays closed. */
      readonly fresh: readonly string[]
      /** The sockets that the primary holds. */
      readonly held: readonly string[]
    }
  | { readonly kind: 'commit' }
  | { readonly kind: 'abort' }
  | { readonly kind: 'report' }
  | { readonly kind: 'log'; readonly route?: string | undefined; readonly limit: number }

export type ToWorker =
  | { readonly kind: 'ask'; readonly id: number; readonly asked: Asked }
  | { readonly kind: 'health'; readonly unhealthy: readonly string[] }
  | { readonly kind: 'limits'; readonly decisions: readonly LimitAnswer[] }
  /** Takes no new connection and exits after the last; idle ones are ended at once if `now`. */
  | { readonly kind: 'leave'; readonly now: boolean }
  /** Comes with the handle of a listening socket; without where there is none to give. */
  | { readonly kind: 'handle'; readonly id: number }

export type LimitAsk = readonly [id: number, key: string, requests: number, windowMs: number]
export type LimitAnswer = readonly [id: number, allowed: boolean, remaining: number, retryAfterMs: number]

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | {
      readonly kind: 'failure'
      readonly id: number
      readonly code: string
      readonly message: string
      readonly address: string
    }
  | { readonly kind: 'deltas'; readonly deltas: readonly Delta[] }
  /** Comes with the handle of a listening socket, which is to be held and sent back so often. */
  | { readonly kind: 'share'; readonly id: number; readonly key: string; readonly times: number }
  /** Asks for handles of a socket that is held. */
  | { readonly kind: 'want'; readonly id: number; readonly key: string; readonly times: number }
  | { readonly kind: 'limit'; readonly asks: readonly LimitAsk[] }
  | { readonly kind: 'bye'; readonly deltas: readonly Delta[]; readonly entries: readonly AccessEntry[] }
