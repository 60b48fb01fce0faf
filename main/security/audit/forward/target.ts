import type { AppError } from '#preload/contract/error.ts'
import type { AuditEntry } from '#preload/security/audit.ts'

/** What came of handing entries over. */
export type Delivery =
  /** The other side has them all. `warning` is what it said against some. */
  | { readonly kind: 'taken'; readonly warning?: AppError }
  /** It will not take exactly these, now or later; fewer at a time may pass. */
  | { readonly kind: 'rejected'; readonly error: AppError }
  /** Not now. */
  | { readonly kind: 'later'; readonly error: AppError; readonly afterMs?: number }
  /** Never again. */
  | { readonly kind: 'gone'; readonly error: AppError }

/** A place that entries are forwarded to. */
export type Target = {
  /** Hands entries over, in order. Resolves only when the other side has confirmed. @throws AppError */
  readonly deliver: (entries: readonly AuditEntry[], signal: AbortSignal) => Promise<Delivery>
  readonly close: () => Promise<void>
}
