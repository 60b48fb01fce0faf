import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { asAppError } from '#preload/contract/error.ts'
import type { Matcher } from '#preload/observability/matchers.ts'
import { plural } from '#renderer/ui/format.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { SeverityMark } from '#renderer/ui/SeverityMark.tsx'
import { StateMark } from '#renderer/ui/StateMark.tsx'
import { silencePreview } from './queries.ts'

const pauseMs = 200

/** A value that waits until nothing changed for a moment. */
function useSettled<Value>(value: Value, key: string): Value {
  const [settled, setSettled] = useState(value)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the value
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pauseMs)
    return () => clearTimeout(timer)
  }, [key])
  return settled
}

type SilencePreviewProps = {
  readonly target: string
  readonly matchers: readonly Matcher[]
  /** How many alerts the silence is made for; 0 when it is not made from alerts. */
  readonly chosen: number
}

/** The alerts a silence would cover now. */
export function SilencePreview({ target, matchers, chosen }: SilencePreviewProps) {
  const asked = { target, matchers }
  const settled = useSettled(asked, JSON.stringify(asked))
  const query = useQuery({
    ...silencePreview(settled.target, settled.matchers),
    enabled: settled.matchers.length > 0,
    placeholderData: keepPreviousData,
  })
  const { data, error } = query
  if (matchers.length === 0) return <p className="text-muted">With a matcher, the alerts it covers appear here.</p>
  if (error !== null)
    return (
      <p role="alert" className="text-critical">
        {asAppError(error).message} <span className="text-muted">{asAppError(error).hint}</span>
      </p>
    )
  if (data === undefined) return <p className="text-muted">Looking…</p>
  return (
    <section aria-label="Alerts it would cover" aria-busy={query.isFetching} className="flex min-h-0 flex-col gap-1">
      <p role="status" className="font-medium">
        {data.count === 0 ? 'Covers no alert now' : `Covers ${plural(data.count, 'alert')} now`}
      </p>
      {data.count < chosen ? (
        <p className="text-secondary text-warning">
          Fewer than the {chosen} you chose: the others do not match, or were not seen at this target.
        </p>
      ) : null}
      <ul className="min-h-0 flex-1 overflow-auto">
        {data.alerts.map((alert) => (
          <li key={alert.id} className="flex min-h-7 items-center gap-2 border-b border-line/60">
            <SeverityMark severity={alert.severity} compact />
            <span className="min-w-0 flex-1">
              <SafeText text={alert.name} oneLine className="font-medium" />
              <SafeText text={alert.summary} oneLine className="text-secondary text-muted" />
            </span>
            <StateMark state={alert.state} compact />
            <span className="shrink-0 text-secondary text-muted">{alert.environment}</span>
          </li>
        ))}
      </ul>
      {data.count > data.alerts.length ? (
        <p className="text-secondary text-muted">and {data.count - data.alerts.length} more</p>
      ) : null}
    </section>
  )
}
