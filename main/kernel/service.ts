import type { Contract, Operation, Output, Parsed, Stream } from '#preload/contract/define.ts'
import type { Caller } from './access/caller.ts'
import type { Grant, Resource } from './access/policy.ts'
import type { ChangeRecord } from './audit/log.ts'

/** What a handler gets besides its parsed input. */
export type Context = {
  readonly caller: Caller
  readonly signal: AbortSignal
  readonly correlationId: string
  /** The approvals this is carried out by; null where none were needed. */
  readonly grant: Grant | null
  /** Says what a command changed, for the audit log. Without it the entry holds the redacted input alone. */
  readonly record: (change: ChangeRecord) => void
}

type Handler<T extends Operation> = T extends Stream
  ? (input: Parsed<T>, context: Context) => AsyncIterable<Output<T>>
  : (input: Parsed<T>, context: Context) => Promise<Output<T>> | Output<T>

/** One function for each operation of a contract. */
export type Handlers<C extends Contract> = { readonly [K in keyof C['operations']]: Handler<C['operations'][K]> }

/**
 * What a capability knows of the things its operations touch, so that policies can speak of environments. An operation
 * that is left out touches nothing that has one. Answers for what the input names, whether or not it exists.
 */
export type ResourcesOf<C extends Contract> = {
  readonly [K in keyof C['operations']]?: (
    input: Parsed<C['operations'][K]>,
  ) => Promise<readonly Resource[]> | readonly Resource[]
}

export const inEnvironment = (environment: string | null, id: string | null = null): Resource => ({
  environment,
  id,
  labels: {},
})

export type AnyHandler = (input: unknown, context: Context) => unknown

type AnyResources = (input: unknown) => Promise<readonly Resource[]> | readonly Resource[]

/** A contract and what answers it. The types are checked here; the router then forgets them. */
export type Service = {
  readonly contract: Contract
  readonly handlers: Readonly<Record<string, AnyHandler>>
  readonly resources: Readonly<Record<string, AnyResources>>
}

export const serve = <C extends Contract>(
  contract: C,
  handlers: Handlers<C>,
  resources: ResourcesOf<C> = {},
): Service => ({
  contract,
  handlers: handlers as unknown as Readonly<Record<string, AnyHandler>>,
  resources: resources as unknown as Readonly<Record<string, AnyResources>>,
})
