import type { Endpoint } from '#main/engines/http/endpoint.ts'
import type { ErrorShape } from '#preload/contract/error.ts'

/** A source as the main side describes it to the worker, secrets opened. It stays in memory. */
export type SourceSpec = {
  readonly id: string
  readonly name: string
  readonly environment: string
  readonly intervalMs: number
} & (
  | { readonly kind: 'alertmanager' | 'prometheus'; readonly endpoint: Endpoint }
  | { readonly kind: 'embedded' }
  /** It cannot be asked now: its secrets are in a locked vault. */
  | { readonly kind: 'blocked'; readonly product: 'alertmanager' | 'prometheus'; readonly error: ErrorShape }
)

export const productOf = (spec: SourceSpec): 'alertmanager' | 'prometheus' | 'embedded' =>
  spec.kind === 'blocked' ? spec.product : spec.kind
