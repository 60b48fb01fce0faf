import { v7 as uuid } from 'uuid'
import { z } from 'zod'
import type { Caller } from '#main/kernel/access/caller.ts'
import {
  type Action,
  actionOf,
  type Grant,
  type Policy,
  type Resource,
  type Verdict,
} from '#main/kernel/access/policy.ts'
import { redact } from '#main/kernel/access/redact.ts'
import type { AuditLog, ChangeRecord, Intent } from '#main/kernel/audit/log.ts'
import type { Clock } from '#main/kernel/clock.ts'
import type { Log } from '#main/kernel/log/log.ts'
import type { AnyHandler, Context, Service } from '#main/kernel/service.ts'
import { storageError } from '#main/kernel/store/errors.ts'
import type { Operation } from '#preload/contract/define.ts'
import { AppError, asAppError, type ErrorShape } from '#preload/contract/error.ts'
import { inputError } from '#preload/contract/input-error.ts'
import { createReadings } from './readings.ts'

type Entry = {
  readonly action: Action
  readonly operation: Operation
  readonly handler: AnyHandler
  readonly resources: (input: unknown) => Promise<readonly Resource[]> | readonly Resource[]
}

export type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: ErrorShape }

export type Router = {
  /** @param grant verified approvals, where the call carries out an approved request. */
  readonly call: (
    caller: Caller,
    op: string,
    input: unknown,
    signal: AbortSignal,
    grant?: Grant | null,
  ) => Promise<Answer>
  readonly open: (caller: Caller, op: string, input: unknown, signal: AbortSignal) => AsyncIterable<unknown>
  readonly operations: ReadonlyMap<string, { readonly action: Action; readonly operation: Operation }>
  /** What the policy says of a call as it would be made now. Nothing is recorded. */
  readonly verdict: (caller: Caller, op: string, input: unknown) => Promise<Verdict>
  /** The environments a valid input touches, for whoever asks before the call. */
  readonly resources: (op: string, input: unknown) => Promise<readonly Resource[]>
}

type Options = {
  readonly services: readonly Service[]
  readonly policy: Policy
  /** The same policy for questions that no call is made of; the one above unless given. */
  readonly foresight?: Policy
  readonly audit: AuditLog
  readonly clock: Clock
  readonly log: Log
  /** Check what handlers answer against the contract. On in tests; off in the product, where it would cost time. */
  readonly checkOutputs?: boolean
}

/** An admitted call: what the door found out before it lets the handler run. */
type Admitted = {
  readonly entry: Entry
  readonly input: unknown
  readonly environments: readonly string[]
  readonly policies: readonly string[]
}

/**
 * The one door. Looks the operation up in a closed map, parses the input, asks the policy, runs the handler with an
 * abort signal, writes every command to the audit log — before it runs and with its outcome — and answers a value or an
 * error that a person can read.
 */
export function createRouter(options: Options): Router {
  const { services, policy, foresight = policy, audit, clock, log, checkOutputs = false } = options
  const entries = new Map<string, Entry>()
  for (const { contract, handlers, resources } of services)
    for (const [key, operation] of Object.entries(contract.operations)) {
      const action = actionOf(contract.area, contract.capability, key, operation)
      const handler = handlers[key]
      if (!handler) throw new Error(`No handler answers ${action.name}.`)
      entries.set(action.name, { action, operation, handler, resources: resources[key] ?? (() => []) })
    }
  const readings = createReadings(clock)

  const find = (op: string, stream: boolean): Entry => {
    const entry = entries.get(op)
    if (!entry) throw new AppError('not_found', `There is no operation ${op.slice(0, 80)}.`)
    if ((entry.operation.kind === 'stream') !== stream)
      throw new AppError('invalid', `${op} is ${stream ? 'not a stream: call it' : 'a stream: open it'} instead.`)
    return entry
  }

  const checked = (entry: Entry, value: unknown): unknown => {
    if (!checkOutputs || value instanceof Uint8Array) return value
    const result = entry.operation.output.safeParse(value)
    if (!result.success) throw new Error(`${entry.action.name} broke its contract: ${z.prettifyError(result.error)}`)
    return value
  }

  /** Logs what a person cannot mend, gives the failure its correlation id, and keeps unexpected text off the wire. */
  const failure = (operation: string, correlationId: string, thrown: unknown): ErrorShape => {
    const error = asAppError(storageError(thrown) ?? thrown)
    if (error.code === 'internal') log.error('operation failed', { operation, correlationId, error: thrown })
    else log.info('operation refused', { operation, correlationId, code: error.code })
    return { ...error.toShape(), correlationId }
  }

  /** A refusal is told before a wrong input is, so that nobody learns how to call what they may not call. */
  const admit = async (
    entry: Entry,
    caller: Caller,
    input: unknown,
    correlationId: string,
    grant: Grant | null,
  ): Promise<Admitted> => {
    const parsed = entry.operation.input.safeParse(input ?? {})
    const resources = parsed.success ? await entry.resources(parsed.data) : []
    const verdict = policy.judge({ caller, action: entry.action, resources, grant })
    const environments = environmentsOf(resources)
    if (!verdict.allowed) await refuse(entry, caller, input, correlationId, environments, verdict)
    if (parsed.success) return { entry, input: parsed.data, environments, policies: verdict.policies }
    throw inputError(parsed.error)
  }

  const refuse = async (
    entry: Entry,
    caller: Caller,
    input: unknown,
    correlationId: string,
    environments: readonly string[],
    verdict: Extract<Verdict, { allowed: false }>,
  ): Promise<never> => {
    const error = new AppError(verdict.code, verdict.reason, { hint: verdict.hint })
    if (entry.operation.kind === 'command' || entry.operation.audited)
      await audit.refuse({
        caller,
        operation: entry.action.name,
        input: redact(entry.operation.input, input),
        correlationId,
        environments,
        policies: verdict.policies,
        approval: null,
        error: error.toShape(),
      })
    throw error
  }

  const begin = ({ entry, input, environments, policies }: Admitted, context: Context): Promise<Intent> =>
    audit.begin({
      caller: context.caller,
      operation: entry.action.name,
      input: redact(entry.operation.input, input),
      correlationId: context.correlationId,
      environments,
      policies,
      approval: context.grant?.approval ?? null,
    })

  /** The intent stays and becomes an "interrupted" entry at the next start, so nothing goes unrecorded. */
  const finishFailed = async (intent: Intent, changes: readonly ChangeRecord[], thrown: unknown): Promise<void> => {
    const error = asAppError(storageError(thrown) ?? thrown).toShape()
    await audit.finish(intent, { outcome: 'failed', changes, error }).catch((unwritten: unknown) => {
      log.error('audit entry not written', { operation: intent.operation, error: unwritten })
    })
  }

  const runCommand = async (admitted: Admitted, context: Context): Promise<unknown> => {
    const { entry, input } = admitted
    const changes: ChangeRecord[] = []
    const intent = await begin(admitted, context)
    let value: unknown
    try {
      context.signal.throwIfAborted()
      value = checked(entry, await entry.handler(input, { ...context, record: (change) => changes.push(change) }))
    } catch (thrown) {
      await finishFailed(intent, changes, thrown)
      throw thrown
    }
    await audit.finish(intent, { outcome: 'succeeded', changes })
    return value
  }

  const runQuery = async (admitted: Admitted, context: Context): Promise<unknown> => {
    const { entry, input } = admitted
    const value = checked(entry, await entry.handler(input, context))
    if (entry.operation.audited && readings.isNew(context.caller.session, entry.action.name, input))
      await audit.finish(await begin(admitted, context), { outcome: 'succeeded', changes: [] })
    return value
  }

  /** An audited stream is written when it begins, and with its outcome when it ends or its reader goes away. */
  async function* runStream(admitted: Admitted, context: Context): AsyncGenerator<unknown> {
    const { entry, input } = admitted
    const changes: ChangeRecord[] = []
    const intent = entry.operation.audited ? await begin(admitted, context) : null
    let outcome: unknown = new AppError('cancelled', 'It was closed before it was done.')
    try {
      const items = entry.handler(input, { ...context, record: (change) => changes.push(change) })
      for await (const item of items as AsyncIterable<unknown>) yield checked(entry, item)
      outcome = null
    } catch (thrown) {
      outcome = thrown
      throw thrown
    } finally {
      if (intent && outcome === null) await audit.finish(intent, { outcome: 'succeeded', changes })
      else if (intent) await finishFailed(intent, changes, outcome)
    }
  }

  return {
    operations: new Map([...entries].map(([name, { action, operation }]) => [name, { action, operation }])),

    async verdict(caller, op, input) {
      const entry = entries.get(op)
      if (!entry) throw new AppError('not_found', `There is no operation ${op.slice(0, 80)}.`)
      const parsed = entry.operation.input.safeParse(input ?? {})
      const resources = parsed.success ? await entry.resources(parsed.data) : []
      return foresight.judge({ caller, action: entry.action, resources, grant: null })
    },

    async resources(op, input) {
      const entry = entries.get(op)
      const parsed = entry?.operation.input.safeParse(input ?? {})
      return entry && parsed?.success ? entry.resources(parsed.data) : []
    },

    async call(caller, op, input, signal, grant = null) {
      const correlationId = uuid()
      try {
        const admitted = await admit(find(op, false), caller, input, correlationId, grant)
        signal.throwIfAborted() // cancelled before it began: a handler would wait for an abort that has been
        const context: Context = { caller, signal, correlationId, grant, record: () => {} }
        const run = admitted.entry.operation.kind === 'command' ? runCommand : runQuery
        return { ok: true, value: await run(admitted, context) }
      } catch (thrown) {
        return { ok: false, error: failure(op, correlationId, thrown) }
      }
    },

    async *open(caller, op, input, signal) {
      const correlationId = uuid()
      try {
        const admitted = await admit(find(op, true), caller, input, correlationId, null)
        yield* runStream(admitted, { caller, signal, correlationId, grant: null, record: () => {} })
      } catch (thrown) {
        throw AppError.fromShape(failure(op, correlationId, thrown))
      }
    },
  }
}

const environmentsOf = (resources: readonly Resource[]): readonly string[] =>
  [...new Set(resources.flatMap(({ environment }) => environment ?? []))].sort()
