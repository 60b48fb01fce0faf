import type { Matcher } from '#preload/observability/matchers.ts'

/** An alert as one source reports it. Times are milliseconds since the epoch. */
export type ObservedAlert = {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly state: 'firing' | 'pending' | 'silenced' | 'inhibited'
  readonly startsAt: number
  readonly fingerprint: string
  readonly generatorUrl: string
  readonly receivers: readonly string[]
  readonly silencedBy: readonly string[]
  readonly inhibitedBy: readonly string[]
}

export type ObservedSilence = {
  readonly id: string
  readonly state: 'active' | 'pending' | 'expired'
  readonly matchers: readonly Matcher[]
  readonly startsAt: number
  readonly endsAt: number
  readonly createdBy: string
  readonly comment: string
  readonly updatedAt: number
}

/** Everything one look at a source tells. */
export type Observation = {
  readonly alerts: readonly ObservedAlert[]
  /** Null where the source has no silences of its own. */
  readonly silences: readonly ObservedSilence[] | null
  /** Names of the members of its cluster, so that two members are known as one; empty where there is none. */
  readonly cluster: readonly string[]
  /** Whether somebody else (an Alertmanager) delivers the firing alerts of this source. */
  readonly deliversElsewhere: boolean
  readonly version: string | null
}

export type GraphAnswer = {
  readonly series: readonly {
    readonly labels: Readonly<Record<string, string>>
    /** Seconds since the epoch and value; NaN is a gap. */
    readonly points: readonly (readonly [number, number])[]
  }[]
}

/** A place that alerts come from. Every adapter passes `engine.contract.test.ts`. */
export type AlertEngine = {
  /** @throws AppError naming why the source cannot be read; nothing is known then, not "no alerts". */
  readonly observe: (signal: AbortSignal) => Promise<Observation>
  /** Null for a source that cannot evaluate expressions. Times are milliseconds, `step` seconds. */
  readonly range:
    | ((expression: string, from: number, to: number, step: number, signal: AbortSignal) => Promise<GraphAnswer>)
    | null
  /** The rule's expression, where the source knows its rules. */
  readonly expression:
    | ((labels: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<string | null>)
    | null
  readonly close: () => Promise<void>
}
