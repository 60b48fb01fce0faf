import type { Client, Contract, Operation } from './define.ts'
import { AppError } from './error.ts'
import { hasNoNumber, inputError } from './input-error.ts'
import type { ClientWire, ServerFrame } from './wire.ts'

type CallOptions = { readonly signal?: AbortSignal | undefined }

/** The calling side of one wire. */
export type Caller = {
  readonly call: (op: string, input: unknown, options?: CallOptions) => Promise<unknown>
  readonly open: (op: string, input: unknown, options?: CallOptions) => AsyncIterable<unknown>
  readonly close: () => void
  readonly closed: Promise<void>
}

type Pending = {
  readonly frame: (frame: ServerFrame) => void
  readonly lost: () => void
}

/** Items a stream may have under way. Refilled by half, so that a reader that stops stops the other side too. */
const creditWindow = 64

const lost = (): AppError =>
  new AppError('unreachable', 'The connection to the application was lost before it answered.', {
    hint: 'If this was a change, look whether it happened before you repeat it.',
    retryable: false,
  })

const cancelled = (): AppError => new AppError('cancelled', 'The request was cancelled.')

/** Speaks the bridge over a wire: many calls and streams at once, each cancellable by its signal. */
export function createCaller(wire: ClientWire): Caller {
  const pending = new Map<number, Pending>()
  let nextId = 1
  let open = true
  let markClosed = (): void => {}
  const closed = new Promise<void>((resolve) => {
    markClosed = resolve
  })

  const onClose = (): void => {
    if (!open) return
    open = false
    for (const waiting of [...pending.values()]) waiting.lost()
    pending.clear()
    markClosed()
  }
  wire.listen({ frame: (frame) => pending.get(frame.id)?.frame(frame), close: onClose })

  const call: Caller['call'] = (op, input, { signal } = {}) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelled())
      if (!open) return reject(lost())
      const id = nextId++
      const settle = (finish: () => void): void => {
        pending.delete(id)
        signal?.removeEventListener('abort', onAbort)
        finish()
      }
      const onAbort = (): void => {
        wire.send({ t: 'cancel', id })
        settle(() => reject(cancelled()))
      }
      pending.set(id, {
        frame: (frame) => {
          if (frame.t === 'value') settle(() => resolve(frame.value))
          if (frame.t === 'error') settle(() => reject(AppError.fromShape(frame.error)))
        },
        lost: () => settle(() => reject(lost())),
      })
      signal?.addEventListener('abort', onAbort, { once: true })
      wire.send({ t: 'call', id, op, input })
    })

  async function* openStream(op: string, input: unknown, { signal }: CallOptions = {}): AsyncGenerator<unknown> {
    if (signal?.aborted) throw cancelled()
    if (!open) throw lost()
    const id = nextId++
    const items: unknown[] = []
    let end: { error: AppError | null } | null = null
    let wake = (): void => {}
    const finish = (error: AppError | null): void => {
      end ??= { error }
      wake()
    }
    const onAbort = (): void => finish(cancelled())
    pending.set(id, {
      frame: (frame) => {
        if (frame.t === 'item') {
          items.push(frame.value)
          wake()
        } else if (frame.t === 'error') finish(AppError.fromShape(frame.error))
        else if (frame.t === 'end') finish(null)
      },
      lost: () => finish(lost()),
    })
    signal?.addEventListener('abort', onAbort, { once: true })
    wire.send({ t: 'open', id, op, input, credit: creditWindow })
    let taken = 0
    try {
      for (;;) {
        while (items.length > 0 && !signal?.aborted) {
          yield items.shift()
          taken++
          if (taken < creditWindow / 2) continue
          if (open) wire.send({ t: 'credit', id, n: taken })
          taken = 0
        }
        const ended = end as { error: AppError | null } | null
        if (ended?.error) throw ended.error
        if (ended) return
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    } finally {
      pending.delete(id)
      signal?.removeEventListener('abort', onAbort)
      if (!end && open) wire.send({ t: 'cancel', id })
      else if (signal?.aborted && open) wire.send({ t: 'cancel', id })
    }
  }

  return {
    call,
    open: openStream,
    close: () => {
      wire.close()
      onClose()
    },
    closed,
  }
}

/**
 * `abc` in a field for a number is NaN, of which JSON makes null: often a number that was left out. The contract is asked
 * here, while it can still be told apart. @throws AppError `invalid`
 */
function checkNumbers({ input: schema }: Operation, input: unknown): void {
  const parsed = hasNoNumber(input) ? schema.safeParse(input) : null
  if (parsed?.success === false) throw inputError(parsed.error)
}

/** The typed face of a contract over a caller: `client.list({…})` calls `<capability>.list`. */
export function createClient<C extends Contract>(contract: C, caller: Pick<Caller, 'call' | 'open'>): Client<C> {
  const entries = Object.entries(contract.operations).map(([name, operation]) => {
    const op = `${contract.capability}.${name}`
    return [
      name,
      operation.kind === 'stream'
        ? (input: unknown, options?: CallOptions) => caller.open(op, input, options)
        : async (input: unknown, options?: CallOptions) => {
            checkNumbers(operation, input)
            return caller.call(op, input, options)
          },
    ]
  })
  return Object.fromEntries(entries) as Client<C>
}
