import { v7 as uuid } from 'uuid'
import { z } from 'zod'
import type { Caller } from '#main/kernel/access/caller.ts'
import { judge } from '#main/kernel/access/policy.ts'
import { redact } from '#main/kernel/access/redact.ts'
import type { AuditLog, ChangeRecord } from '#main/kernel/audit/log.ts'
import type { Log } from '#main/kernel/log/log.ts'
import type { AnyHandler, Context, Service } from '#main/kernel/service.ts'
import { storageError } from '#main/kernel/store/errors.ts'
import type { Operation } from '#preload/contract/define.ts'
import { AppError, asAppError, type ErrorShape } from '#preload/contract/error.ts'

type Entry = { readonly name: string; readonly operation: Operation; readonly handler: AnyHandler }

export type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: ErrorShape }

export type Router = {
  readonly call: (caller: Caller, op: string, input: unknown, signal: AbortSignal) => Promise<Answer>
  readonly open: (caller: Caller, op: string, input: unknown, signal: AbortSignal) => AsyncIterable<unknown>
  readonly operations: ReadonlyMap<string, Operation>
}

type Options = {
  readonly services: readonly Service[]
  readonly audit: AuditLog
  readonly log: Log
  /** Check what handlers answer against the contract. On in tests; off in the product, where it would cost time. */
  readonly checkOutputs?: boolean
}

/**
 * The one door. Looks the operation up in a closed map, asks the policy, parses the input, runs the handler with an
 * abort signal, writes every command to the audit log — before it runs and with its outcome — and answers a value or
 * an error that a person can read.
 */
export function createRouter({ services, audit, log, checkOutputs = false }: Options): Router {
  const entries = new Map<string, Entry>()
  for (const { contract, handlers } of services)
    for (const [key, operation] of Object.entries(contract.operations)) {
      const name = `${contract.capability}.${key}`
      const handler = handlers[key]
      if (!handler) throw new Error(`No handler answers ${name}.`)
      entries.set(name, { name, operation, handler })
    }

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
    if (!result.success) throw new Error(`${entry.name} broke its contract: ${z.prettifyError(result.error)}`)
    return value
  }

  /** Logs what a person cannot mend, gives the failure its correlation id, and keeps unexpected text off the wire. */
  const failure = (entry: string, correlationId: string, thrown: unknown): ErrorShape => {
    const error = asAppError(storageError(thrown) ?? thrown)
    if (error.code === 'internal') log.error('operation failed', { operation: entry, correlationId, error: thrown })
    else log.info('operation refused', { operation: entry, correlationId, code: error.code })
    return { ...error.toShape(), correlationId }
  }

  const runCommand = async (entry: Entry, caller: Caller, input: unknown, context: Context): Promise<unknown> => {
    const changes: ChangeRecord[] = []
    const intent = await audit.begin({
      caller,
      operation: entry.name,
      input: redact(entry.operation.input, input),
      correlationId: context.correlationId,
    })
    let value: unknown
    try {
      context.signal.throwIfAborted()
      value = checked(entry, await entry.handler(input, { ...context, record: (change) => changes.push(change) }))
    } catch (thrown) {
      const error = asAppError(storageError(thrown) ?? thrown).toShape()
      await audit.finish(intent, { outcome: 'failed', changes, error }).catch((unwritten: unknown) => {
        // The intent stays and becomes an "interrupted" entry at the next start, so nothing goes unrecorded.
        log.error('audit entry not written', { operation: entry.name, error: unwritten })
      })
      throw thrown
    }
    await audit.finish(intent, { outcome: 'succeeded', changes })
    return value
  }

  const admit = async (entry: Entry, caller: Caller, input: unknown, correlationId: string): Promise<void> => {
    const verdict = judge(caller, entry.name, entry.operation)
    if (verdict.allowed) return
    const error = new AppError('forbidden', verdict.reason, { hint: verdict.hint })
    if (entry.operation.kind === 'command')
      await audit.refuse({
        caller,
        operation: entry.name,
        input: redact(entry.operation.input, input),
        correlationId,
        error: error.toShape(),
      })
    throw error
  }

  const parse = (entry: Entry, input: unknown): unknown => {
    const result = entry.operation.input.safeParse(input ?? {})
    if (result.success) return result.data
    const issue = result.error.issues[0]
    const at = issue?.path.join('.') ?? ''
    throw new AppError('invalid', at ? `${at}: ${issue?.message}` : (issue?.message ?? 'The input is wrong.'), {
      at,
      hint: `See: framework0 help ${entry.name}`,
    })
  }

  return {
    operations: new Map([...entries].map(([name, { operation }]) => [name, operation])),

    async call(caller, op, input, signal) {
      const correlationId = uuid()
      try {
        const entry = find(op, false)
        await admit(entry, caller, input, correlationId)
        const parsed = parse(entry, input)
        signal.throwIfAborted() // cancelled before it began: a handler would wait for an abort that has been
        const context: Context = { caller, signal, correlationId, record: () => {} }
        if (entry.operation.kind === 'command')
          return { ok: true, value: await runCommand(entry, caller, parsed, context) }
        return { ok: true, value: checked(entry, await entry.handler(parsed, context)) }
      } catch (thrown) {
        return { ok: false, error: failure(op, correlationId, thrown) }
      }
    },

    async *open(caller, op, input, signal) {
      const correlationId = uuid()
      try {
        const entry = find(op, true)
        await admit(entry, caller, input, correlationId)
        const items = entry.handler(parse(entry, input), { caller, signal, correlationId, record: () => {} })
        for await (const item of items as AsyncIterable<unknown>) yield checked(entry, item)
      } catch (thrown) {
        throw AppError.fromShape(failure(op, correlationId, thrown))
      }
    },
  }
}
