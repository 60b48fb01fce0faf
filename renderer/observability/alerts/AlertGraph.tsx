import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { AlertDetail, AlertGraph as Graph } from '#preload/observability/alerts.ts'
import { setScope, useScope } from '#renderer/app/scope.ts'
import { absoluteRange, resolveRange } from '#renderer/app/time-range.ts'
import type { Band } from '#renderer/ui/chart/series.ts'
import { TimeSeriesChart } from '#renderer/ui/chart/TimeSeriesChart.tsx'
import { useClock } from '#renderer/ui/clock.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { chartOf } from './graph-chart.ts'
import { alertGraph } from './queries.ts'

const tickMs = 15_000

/** The shared range in epoch milliseconds. It moves on in ticks while live, and stands while paused. */
function useSharedRange(): { readonly from: number; readonly to: number } {
  const range = useScope((scope) => scope.range)
  const pausedAt = useScope((scope) => scope.pausedAt)
  const tick = useClock((now) => Math.floor(now / tickMs) * tickMs)
  const now = pausedAt ?? tick
  return useMemo(() => resolveRange(range, now) ?? { from: now - 6 * 3_600_000, to: now }, [range, now])
}

const tones: Readonly<Record<AlertDetail['severity'], Band['tone']>> = {
  critical: 'critical',
  high: 'high',
  warning: 'warning',
  info: 'accent',
  none: 'muted',
}

type DrawnProps = {
  readonly alert: AlertDetail
  readonly graph: Extract<Graph, { kind: 'series' }>
  readonly range: { readonly from: number; readonly to: number }
}

function Drawn({ alert, graph, range }: DrawnProps) {
  const chart = useMemo(
    () => chartOf(graph, alert.labels, tones[alert.severity]),
    [graph, alert.labels, alert.severity],
  )
  const seconds = useMemo(() => ({ from: range.from / 1000, to: range.to / 1000 }), [range])
  return (
    <>
      <TimeSeriesChart
        title={graph.shown.slice(0, 300)}
        times={chart.times}
        series={chart.series}
        threshold={chart.threshold}
        bands={chart.bands}
        range={seconds}
        syncKey="time"
        height={160}
        onRange={(from, to) => setScope({ range: absoluteRange({ from: from * 1000, to: to * 1000 }) })}
      />
      <p className="mt-1 text-secondary text-muted">
        {graph.series.length === 0 ? 'No samples in this range. ' : ''}
        {graph.hidden === 0 ? '' : `${graph.hidden} more series are not drawn. `}
        Evaluated by <SafeText text={graph.from} />. Shaded: firing.
      </p>
    </>
  )
}

/** The rule's expression over the shared range, with its threshold and the firing periods. */
export function AlertGraph({ alert }: { readonly alert: AlertDetail }) {
  const range = useSharedRange()
  const query = useQuery(alertGraph(alert.id, range.from, range.to))
  return (
    <Section title="Graph">
      <QueryView
        query={query}
        failure="The graph could not be loaded."
        skeletonRows={4}
        ready={(graph) =>
          graph.kind === 'unavailable' ? (
            <p className="text-muted">
              <SafeText text={graph.reason} />
            </p>
          ) : (
            <Drawn alert={alert} graph={graph} range={range} />
          )
        }
      />
    </Section>
  )
}
