import { RotateCw, TriangleAlert } from 'lucide-react'
import type { SourceState } from '#preload/observability/alerts.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { useClock } from '#renderer/ui/clock.ts'
import { epochOf, formatDuration } from '#renderer/ui/format.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'

type SourceStripProps = {
  readonly stale: readonly SourceState[]
  readonly onRetry: (source: string) => void
  readonly forbidden: string | undefined
}

function NextAttempt({ at }: { readonly at: string }) {
  const text = useClock((now) => {
    const seconds = Math.ceil((epochOf(at) - now) / 1000)
    return seconds > 0 ? `Next try in ${formatDuration(seconds)}.` : 'Trying now.'
  })
  return <span className="shrink-0 text-muted">{text}</span>
}

/** Sources that do not answer: since when, why, and when they are asked again. What they said last stays in the list. */
export function SourceStrip({ stale, onRetry, forbidden }: SourceStripProps) {
  if (stale.length === 0) return null
  return (
    <ul
      aria-label="Sources that do not answer"
      className="max-h-24 shrink-0 overflow-auto border-b border-line bg-surface-1"
    >
      {stale.map(({ id, name, environment, lastSuccessAt, nextAttemptAt, error }) => (
        <li key={id} className="flex min-h-7 items-center gap-2 px-3 text-secondary">
          <TriangleAlert aria-hidden size={14} className="shrink-0 text-warning" />
          <span className="flex max-w-80 shrink-0 items-baseline gap-1 text-warning">
            <SafeText text={name} oneLine className="font-medium" />
            <span className="shrink-0">in {environment} is stale,</span>
          </span>
          <span className="shrink-0">
            {lastSuccessAt === null ? (
              'never answered.'
            ) : (
              <>
                last answer <RelativeTime at={lastSuccessAt} />.
              </>
            )}
          </span>
          <SafeText text={error?.message ?? ''} oneLine className="min-w-0 flex-1" />
          {nextAttemptAt === null ? null : <NextAttempt at={nextAttemptAt} />}
          <Button size={24} icon={RotateCw} forbidden={forbidden} onClick={() => onRetry(id)}>
            Retry
          </Button>
        </li>
      ))}
    </ul>
  )
}
