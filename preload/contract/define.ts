import { z } from 'zod'
import './plain-words.ts'

/**
 * Who an operation is for, beyond what policies say of it:
 * `open` — anybody who reached the application, signed in or not; `self` — acts on the caller's own session, factors and
 * devices; `sensitive` — dangerous enough that policies ask for a fresh proof first.
 */
export type Access = 'open' | 'self' | 'sensitive'

/** What the one door knows of an operation beside its kind. */
type Door = {
  readonly access: readonly Access[]
  /** Set on a query or stream whose use is itself written to the audit log. Commands always are. */
  readonly audited: boolean
}

/** An operation that only reads. May be repeated and cancelled freely. */
export type Query<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> = Door & {
  readonly kind: 'query'
  readonly summary: string
  readonly input: I
  readonly output: O
}

/** An operation that changes something. Audited by the router, never retried by a transport. */
export type Command<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> = Door & {
  readonly kind: 'command'
  readonly summary: string
  readonly input: I
  readonly output: O
}

/** An operation that produces items until it is done or closed. Items are JSON, or `Uint8Array` chunks. */
export type Stream<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> = Door & {
  readonly kind: 'stream'
  readonly summary: string
  readonly input: I
  readonly output: O
}

export type Operation = Query | Command | Stream
export type Operations = Readonly<Record<string, Operation>>

/** All operations of one capability. Their wire names are `<capability>.<operation>`. */
export type Contract<Name extends string = string, Ops extends Operations = Operations> = {
  readonly area: string
  readonly capability: Name
  readonly summary: string
  readonly operations: Ops
}

type Spec<I extends z.ZodType, O extends z.ZodType> = {
  /** One sentence, shown by `framework0 help` and in the palette. */
  readonly summary: string
  readonly input: I
  readonly output: O
  readonly access?: readonly Access[]
  readonly audited?: boolean
}

const door = ({ access = [], audited = false }: Partial<Door>): Door => ({ access, audited })

export const query = <I extends z.ZodType, O extends z.ZodType>(spec: Spec<I, O>): Query<I, O> => ({
  kind: 'query',
  ...spec,
  ...door(spec),
})

export const command = <I extends z.ZodType, O extends z.ZodType>(spec: Spec<I, O>): Command<I, O> => ({
  kind: 'command',
  ...spec,
  ...door(spec),
})

export const stream = <I extends z.ZodType, O extends z.ZodType>(spec: Spec<I, O>): Stream<I, O> => ({
  kind: 'stream',
  ...spec,
  ...door(spec),
})

export const defineContract = <Name extends string, Ops extends Operations>(
  contract: Contract<Name, Ops>,
): Contract<Name, Ops> => contract

/** No input: `{}`. */
export const nothing = z.object({})
/** An instant: ISO 8601 in UTC. */
export const instant = z.iso.datetime()
/** A UUIDv7 that this application made. */
export const id = z.uuid()

/**
 * Text that must never leave the main process: the router replaces it before it reaches log, error or audit.
 * Redaction goes by the schema, so a field is safe wherever it is nested.
 */
export const secret = () => z.string().max(64_000).meta({ secret: true })

/**
 * Personal data of somebody (a name, a mail address): shown to whoever may call the operation, but kept out of the audit
 * log, which must be able to forget people.
 */
export const personal = (schema: z.ZodString = z.string().max(320)) => schema.meta({ personal: true })

export const isPersonal = (schema: z.ZodType): boolean => schema.meta()?.personal === true

export const isSecret = (schema: z.ZodType): boolean => schema.meta()?.secret === true

/** What a caller passes in (before defaults are filled). */
export type Input<T extends Operation> = z.input<T['input']>
/** What a handler receives (defaults filled). */
export type Parsed<T extends Operation> = z.output<T['input']>
export type Output<T extends Operation> = z.output<T['output']>

type CallOptions = { readonly signal?: AbortSignal | undefined }

/** The typed face of a contract on the calling side. */
export type Client<C extends Contract> = {
  readonly [K in keyof C['operations']]: C['operations'][K] extends Stream
    ? (input: Input<C['operations'][K]>, options?: CallOptions) => AsyncIterable<Output<C['operations'][K]>>
    : (input: Input<C['operations'][K]>, options?: CallOptions) => Promise<Output<C['operations'][K]>>
}
