import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, asAppError } from '#preload/contract/error.ts'
import { type Clock, iso } from '../clock.ts'
import { hashInput } from './journal.ts'
import type { StepOptions } from './kind.ts'
import type { Held, Recorded } from './recorded.ts'
import { shown } from './shown.ts'
import type { StepRow } from './tables.ts'

export type Effect<T> = (signal: AbortSignal) => Promise<T> | T

type Work<T> = {
  readonly key: string
  readonly input: unknown
  readonly effect: Effect<T>
  readonly options: StepOptions<T>
}

type Ports = { readonly held: Held; readonly recorded: Recorded; readonly clock: Clock }

/**
 * Carries out an effect that has not succeeded yet: records that it begins, asks whether it has happened where it may
 * have, tries it as often as allowed, and records how it ended. Nothing is recorded when the job was aborted meanwhile:
 * then nobody knows how it ended.
 */
export async function carryOut<T>(
  { held, recorded, clock }: Ports,
  work: Work<T>,
  known: StepRow | undefined,
): Promise<T> {
  const { key, input, options } = work
  const inputHash = hashInput(input)
  if (known && options.reconcile && known.input_hash !== inputHash)
    throw new AppError('conflict', `Step ${key} was begun with other input, so the job cannot go on.`)
  const given = { kind: 'step', inputHash, input: shown(input), compensable: options.compensate !== undefined } as const
  let repeated = known !== undefined
  for (let tried = 1; ; tried++) {
    const begun = recorded.begin(key, iso(clock.now()), given)
    let tries = begun.tries - 1
    const begin = (): Promise<void> => {
      tries = begun.tries
      return recorded.write(begun)
    }
    const end = (outcome: 'succeeded' | 'failed', output: unknown) =>
      recorded.write({ ...begun, outcome, output: JSON.stringify(output ?? null), at: iso(clock.now()), tries })
    try {
      const value = await tryOnce(work, held.signal, repeated, begin)
      await end('succeeded', value)
      return value
    } catch (thrown) {
      if (held.signal.aborted) throw thrown
      const error = asAppError(thrown)
      await end('failed', error.toShape())
      if (tried >= (options.attempts ?? 1) || error.code === 'conflict') throw thrown
    }
    repeated = true
    await sleep((options.backoffMs ?? 1_000) * 2 ** (tried - 1), undefined, { signal: held.signal, ref: false })
  }
}

async function tryOnce<T>(
  { key, effect, options }: Work<T>,
  signal: AbortSignal,
  repeated: boolean,
  begin: () => Promise<void>,
): Promise<T> {
  const found = repeated && options.reconcile ? await options.reconcile(signal) : null
  if (found?.kind === 'done') return found.value
  await begin()
  return options.timeoutMs === undefined ? effect(signal) : within(options.timeoutMs, key, signal, effect)
}

/** An effect that does not heed its signal is left to itself when its time is over. */
async function within<T>(ms: number, key: string, signal: AbortSignal, effect: Effect<T>): Promise<T> {
  const late = new AbortController()
  const error = new AppError('timeout', `Step ${key} took longer than ${ms / 1_000} s.`)
  const timer = setTimeout(() => late.abort(error), ms).unref()
  const over = new Promise<never>((_, reject) => late.signal.addEventListener('abort', () => reject(error)))
  try {
    return await Promise.race([over, effect(AbortSignal.any([signal, late.signal]))])
  } finally {
    clearTimeout(timer)
  }
}
