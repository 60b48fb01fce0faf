import { z } from 'zod'

/** Why an operation failed, as a closed set: screens and the command line decide by it, never by the message. */
export const errorCodes = [
  'invalid', // the input is wrong; nothing was changed
  'unauthenticated', // nobody is signed in, or the other side did not accept who we say we are
  'forbidden', // a role or policy says no
  'step_up', // allowed, once the person proves again that it is them
  'approval_required', // allowed, once enough others have approved exactly this
  'throttled', // too many attempts; the hint says how long to wait
  'not_found',
  'conflict', // something else changed meanwhile, or the name is taken
  'locked', // the vault is locked
  'unreachable', // the other side cannot be reached
  'timeout', // the other side did not answer in time
  'refused', // the other side answered and said no
  'unsupported', // the other side, or this host, cannot do this
  'too_large', // an answer exceeds what we accept
  'cancelled', // the caller went away
  'storage', // the disk is full, or a database is damaged or newer than we are
  'internal', // a defect of ours
] as const
export type ErrorCode = (typeof errorCodes)[number]

/** What is wrong with one part of an input. */
const inputProblem = z.object({
  /** Its path: `matchers.0.value`. */
  at: z.string(),
  /** The same for a person: `Matcher 1, value`. Empty for the input as a whole. */
  label: z.string(),
  message: z.string(),
})
export type InputProblem = z.infer<typeof inputProblem>

/** What crosses the wire for a failure. `message` is a sentence; `hint` says what to do. */
export const errorShape = z.object({
  code: z.enum(errorCodes),
  message: z.string(),
  hint: z.string().optional(),
  retryable: z.boolean(),
  correlationId: z.string().optional(),
  /** Input path (`matchers.0.value`) or character offset the message is about. */
  at: z.string().optional(),
  /** All that is wrong with the input, where the message is about that. */
  problems: z.array(inputProblem).optional(),
})
export type ErrorShape = z.infer<typeof errorShape>

const retryableCodes: ReadonlySet<ErrorCode> = new Set(['unreachable', 'timeout', 'storage'])

type AppErrorOptions = {
  readonly hint?: string | undefined
  readonly at?: string | undefined
  readonly problems?: readonly InputProblem[] | undefined
  readonly retryable?: boolean
  readonly correlationId?: string | undefined
  readonly cause?: unknown
}

/** A failure that a person can read: what failed and why (`message`), and what to do (`hint`). */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly at: string | undefined
  readonly problems: readonly InputProblem[]
  readonly retryable: boolean
  readonly correlationId: string | undefined

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.hint = options.hint
    this.at = options.at
    this.problems = options.problems ?? []
    this.retryable = options.retryable ?? retryableCodes.has(code)
    this.correlationId = options.correlationId
  }

  toShape(): ErrorShape {
    return {
      code: this.code,
      message: this.message,
      retryable: this.retryable,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.at === undefined ? {} : { at: this.at }),
      ...(this.problems.length === 0 ? {} : { problems: [...this.problems] }),
      ...(this.correlationId === undefined ? {} : { correlationId: this.correlationId }),
    }
  }

  static fromShape(shape: ErrorShape): AppError {
    return new AppError(shape.code, shape.message, shape)
  }
}

/** Any thrown value as an AppError; what we did not expect becomes `internal` without its text, which may hold secrets. */
export function asAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  if (thrown instanceof Error && thrown.name === 'AbortError')
    return new AppError('cancelled', 'The request was cancelled.', { cause: thrown })
  return new AppError('internal', 'Something went wrong inside the application.', {
    hint: 'Copy the details and look for the correlation id in the log.',
    cause: thrown,
  })
}
