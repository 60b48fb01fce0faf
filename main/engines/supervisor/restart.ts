import type { ProcessSpec } from './spec.ts'

/** How a process ended; both null when it was nobody's child and just gone. */
export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** Monotonic times at which a process ended lately. */
export type Restarting = readonly number[]
export const noEndings: Restarting = []

type Next =
  | { readonly kind: 'again'; readonly waitMs: number; readonly reason: string; readonly endings: Restarting }
  | {
      readonly kind: 'end'
      readonly phase: 'stopped' | 'failed' | 'flapping'
      readonly reason: string
      readonly endings: Restarting
    }

type Question = {
  readonly spec: Pick<ProcessSpec, 'restart'>
  readonly ending: Ending
  readonly endings: Restarting
  /** Monotonic milliseconds. */
  readonly at: number
  readonly everReady: boolean
  readonly logTail: string
}

/** More ends than this within the window and it is left alone: it flaps. */
const endsAllowed = 5
const windowMs = 60_000
const firstWaitMs = 200
const longestWaitMs = 10_000

/** What follows the end of a process: started again after a wait that doubles, or left ended, and why. */
export function afterEnd({ spec, ending, endings: before, at, everReady, logTail }: Question): Next {
  const endings = [...before.filter((each) => at - each < windowMs), at]
  const how = describeEnding(ending, logTail)
  const clean = ending.code === 0
  if (spec.restart === 'never' || (spec.restart === 'on failure' && clean))
    return { kind: 'end', phase: clean ? 'stopped' : 'failed', reason: how, endings }
  if (endings.length > endsAllowed) {
    const when = everReady ? '' : ' and was never ready'
    const reason = `It ended ${endings.length} times within a minute${when}, so it is left alone. ${how}`
    return { kind: 'end', phase: 'flapping', reason, endings }
  }
  const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** (endings.length - 1))
  return { kind: 'again', waitMs, reason: `${how} It is started again.`, endings }
}

function describeEnding({ code, signal }: Ending, logTail: string): string {
  const how = signal ? `It was ended by ${signal}.` : code === null ? 'It ended.' : `It ended with code ${code}.`
  return logTail ? `${how} Its last words: ${logTail}` : how
}
