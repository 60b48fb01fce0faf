import type { Access, Operation } from '#preload/contract/define.ts'
import type { Caller } from './caller.ts'

/** What somebody wants to do: an operation of a contract. */
export type Action = {
  /** `<capability>.<operation>` */
  readonly name: string
  readonly kind: Operation['kind']
  readonly area: string
  readonly capability: string
  readonly access: readonly Access[]
}

/** What they want to do it to. */
export type Resource = {
  /** The environment it belongs to; null where it belongs to none. */
  readonly environment: string | null
  readonly id: string | null
  readonly labels: Readonly<Record<string, string>>
}

/** Verified approvals by others for exactly this operation with exactly this input. */
export type Grant = { readonly approval: string; readonly approvers: readonly string[] }

export type Question = {
  readonly caller: Caller
  readonly action: Action
  /** Every resource must be allowed. None: the operation acts on nothing that has an environment. */
  readonly resources: readonly Resource[]
  readonly grant: Grant | null
}

export type Refusal = {
  readonly allowed: false
  readonly code: 'forbidden' | 'unauthenticated' | 'step_up' | 'approval_required'
  /** A sentence that names the role or policy. */
  readonly reason: string
  readonly hint: string
  readonly policies: readonly string[]
}

/** The policies that decided, by id. */
export type Verdict = { readonly allowed: true; readonly policies: readonly string[] } | Refusal

/** Who may do what. The one door asks it for every call; nothing else decides. Pure apart from the time. */
export type Policy = { readonly judge: (question: Question) => Verdict }

export const actionOf = (area: string, capability: string, name: string, operation: Operation): Action => ({
  name: `${capability}.${name}`,
  kind: operation.kind,
  area,
  capability,
  access: operation.access,
})
