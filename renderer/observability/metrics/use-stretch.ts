import { setScope, useResolvedRange, useScope } from '#renderer/app/scope.ts'
import { absoluteRange, resolveRange } from '#renderer/app/time-range.ts'
import { refreshSeconds, type Stretch } from './evaluation.ts'

/** The shared time range, moving on while it is live and ends now. */
export function useStretch(): Stretch {
  const range = useScope((scope) => scope.range)
  const now = Date.now()
  const present = resolveRange(range, now) ?? { from: now - 6 * 3_600_000, to: now }
  const { from, to } = useResolvedRange(refreshSeconds(present))
  return { from: Math.round(from), to: Math.round(to) }
}

/** A stretch dragged on any chart becomes the range of all. Epoch seconds. */
export const zoomTo = (from: number, to: number): void =>
  setScope({ range: absoluteRange({ from: from * 1_000, to: to * 1_000 }) })
