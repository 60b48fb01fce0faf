import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { AlertPeriod, AlertState, Severity } from '#preload/observability/alerts.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { useClock } from '#renderer/ui/clock.ts'
import { formatDuration, formatTimestamp, plural } from '#renderer/ui/format.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { SegmentedControl } from '#renderer/ui/SegmentedControl.tsx'
import { StateMark } from '#renderer/ui/StateMark.tsx'
import { severityColor } from '#renderer/ui/severity.ts'
import { Duration, RelativeTime, Timestamp } from '#renderer/ui/Time.tsx'
import { type Occurrence, occurrencesOf, stretchesOf } from './occurrences.ts'
import { alertHistory } from './queries.ts'

const dayMs = 86_400_000
const spans = { '24 h': dayMs, '7 d': 7 * dayMs, '30 d': 30 * dayMs, '13 months': 396 * dayMs } as const
type Span = keyof typeof spans
const segments = (Object.keys(spans) as Span[]).map((value) => ({ value, label: value }))
const shownFirst = 10
const shownAtMost = 1_000
/** Of 1,000. */
const thinnest = 3

const stripColor = (state: AlertState, severity: Severity): string => {
  if (state === 'firing') return severityColor[severity]
  if (state === 'acknowledged') return 'var(--accent)'
  return state === 'pending' ? 'var(--warning)' : 'var(--muted)'
}

type StripProps = {
  readonly periods: readonly AlertPeriod[]
  readonly severity: Severity
  readonly from: number
  readonly to: number
}

/** When it was open, drawn to scale; the list below says the same in words. */
function Strip({ periods, severity, from, to }: StripProps) {
  const stretches = stretchesOf(periods, from, to)
  return (
    <div className="my-2">
      <svg
        role="img"
        aria-label={`${plural(stretches.length, 'period')} between ${formatTimestamp(from)} and now`}
        viewBox="0 0 1000 16"
        preserveAspectRatio="none"
        className="block h-4 w-full rounded-sm border border-line bg-surface-0"
      >
        {stretches.map(({ state, at, length }) => (
          <rect
            key={at}
            x={Math.min(at * 1000, 1000 - thinnest)}
            y={state === 'pending' ? 10 : 0}
            // A short period in a long range stays visible.
            width={Math.max(thinnest, length * 1000)}
            height={state === 'pending' ? 6 : 16}
            fill={stripColor(state, severity)}
          />
        ))}
      </svg>
      <div className="flex justify-between text-label text-muted">
        <span>{formatTimestamp(from).slice(0, 16)}</span>
        <span>now</span>
      </div>
    </div>
  )
}

function Line({ occurrence: { from, to, states } }: { readonly occurrence: Occurrence }) {
  return (
    <li className="flex min-h-7 items-center gap-3 border-b border-line/60 text-secondary last:border-b-0">
      <Timestamp at={from} className="shrink-0" />
      <span className="w-20 shrink-0">{to === null ? <Duration from={from} /> : <Duration from={from} to={to} />}</span>
      <span className="flex min-w-0 flex-1 flex-wrap gap-x-3">
        {states.map((state) => (
          <StateMark key={state} state={state} />
        ))}
      </span>
      <span className="shrink-0 text-muted">{to === null ? 'still open' : ''}</span>
    </li>
  )
}

function Occurrences({ periods }: { readonly periods: readonly AlertPeriod[] }) {
  const [all, setAll] = useState(false)
  const occurrences = useMemo(() => occurrencesOf(periods), [periods])
  const shown = occurrences.slice(0, all ? shownAtMost : shownFirst)
  return (
    <>
      <ul aria-label="Occurrences" className="max-h-72 overflow-auto">
        {shown.map((occurrence) => (
          <Line key={occurrence.from} occurrence={occurrence} />
        ))}
      </ul>
      {occurrences.length > shown.length && !all ? (
        <Button size={24} kind="ghost" onClick={() => setAll(true)}>
          Show {Math.min(occurrences.length, shownAtMost)}
        </Button>
      ) : null}
    </>
  )
}

/** How often this alert was open before, for how long, and since when anybody looked. */
export function AlertHistory({ id, severity }: { readonly id: string; readonly severity: Severity }) {
  const [span, setSpan] = useState<Span>('7 d')
  const minute = useClock((now) => Math.floor(now / 60_000) * 60_000)
  const from = minute - spans[span]
  const query = useQuery(alertHistory(id, new Date(from).toISOString()))
  return (
    <Section
      title="History"
      actions={<SegmentedControl label="History of" segments={segments} value={span} onChange={setSpan} />}
    >
      <QueryView
        query={query}
        failure="The history could not be loaded."
        skeletonRows={3}
        ready={({ periods, occurrences, firingSeconds, watchedSince }) => (
          <>
            <p className="text-secondary text-muted">
              <span className="font-medium text-fg">{plural(occurrences, 'occurrence')}</span>, open for{' '}
              {formatDuration(firingSeconds)} in {span}.{' '}
              {watchedSince === null ? (
                'Not watched yet.'
              ) : (
                <>
                  Watched since <RelativeTime at={watchedSince} />.
                </>
              )}
            </p>
            <Strip periods={periods} severity={severity} from={from} to={minute + 60_000} />
            <Occurrences periods={periods} />
          </>
        )}
      />
    </Section>
  )
}
