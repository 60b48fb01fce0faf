import { AppError } from '#preload/contract/error.ts'

/** One wait that ends by the caller's cancellation or by time, and knows by which. */
export type Deadline = {
  readonly signal: AbortSignal
  /** The failure that ended the wait, or null while it has not ended. */
  failure(): AppError | null
  [Symbol.dispose](): void
}

/** `timeoutMs` from now, or when `signal` is aborted. The messages begin with `name`. */
export function deadline(name: string, timeoutMs: number, signal?: AbortSignal): Deadline {
  const controller = new AbortController()
  let failure: AppError | null = null
  const end = (why: AppError) => {
    failure ??= why
    controller.abort(why)
  }
  const cancel = () => end(new AppError('cancelled', 'The request was cancelled.'))
  const timer = setTimeout(() => {
    end(
      new AppError('timeout', `${name} did not answer within ${Math.round(timeoutMs / 100) / 10} s.`, {
        hint: 'Check the VPN and the load of the server; ask for less if the question was large.',
      }),
    )
  }, timeoutMs)
  signal?.addEventListener('abort', cancel, { once: true })
  if (signal?.aborted) cancel()
  return {
    signal: controller.signal,
    failure: () => failure,
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
    },
  }
}
