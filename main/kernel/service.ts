import type { Contract, Operation, Output, Parsed, Stream } from '#preload/contract/define.ts'
import type { Caller } from './access/caller.ts'
import type { ChangeRecord } from './audit/log.ts'

/** What a handler gets besides its parsed input. */
export type Context = {
  readonly caller: Caller
  readonly signal: AbortSignal
  readonly correlationId: string
  /** Says what a command changed, for the audit log. Without it the entry holds the redacted input alone. */
  readonly record: (change: ChangeRecord) => void
}

type Handler<T extends Operation> = T extends Stream
  ? (input: Parsed<T>, context: Context) => AsyncIterable<Output<T>>
  : (input: Parsed<T>, context: Context) => Promise<Output<T>> | Output<T>

/** One function for each operation of a contract. */
export type Handlers<C extends Contract> = { readonly [K in keyof C['operations']]: Handler<C['operations'][K]> }

export type AnyHandler = (input: unknown, context: Context) => unknown

/** A contract and what answers it. The types are checked here; the router then forgets them. */
export type Service = { readonly contract: Contract; readonly handlers: Readonly<Record<string, AnyHandler>> }

export const serve = <C extends Contract>(contract: C, handlers: Handlers<C>): Service => ({
  contract,
  handlers: handlers as unknown as Readonly<Record<string, AnyHandler>>,
})
