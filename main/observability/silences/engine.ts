import type { Matcher } from '#preload/observability/matchers.ts'

/** What a silence says. Times are ISO strings in UTC. */
export type SilenceDraft = {
  readonly matchers: readonly Matcher[]
  readonly startsAt: string
  readonly endsAt: string
  readonly comment: string
  readonly createdBy: string
}

/** A place that keeps silences. Every adapter passes `engine.contract.test.ts`. */
export type SilenceEngine = {
  /** @throws AppError `not_found`. */
  readonly find: (id: string, signal: AbortSignal) => Promise<SilenceDraft>
  /** @returns the id the engine gave it. */
  readonly create: (draft: SilenceDraft, signal: AbortSignal) => Promise<string>
  /** @returns the id from now on: an engine may replace a silence instead of changing it. */
  readonly edit: (id: string, draft: SilenceDraft, signal: AbortSignal) => Promise<string>
  readonly expire: (id: string, signal: AbortSignal) => Promise<void>
  readonly close: () => Promise<void>
}
