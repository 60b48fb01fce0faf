import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useMemo } from 'react'
import { TimeSeriesChart } from '#renderer/ui/chart/TimeSeriesChart.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Skeleton } from '#renderer/ui/Skeleton.tsx'
import { linesOf, rateWindow, type Stretch } from './evaluation.ts'
import type { Panel } from './panels.ts'
import { metricRanges } from './queries.ts'
import { zoomTo } from './use-stretch.ts'

const height = 150

/** The place of a panel while there is no chart to draw. */
function Stand({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <figure
      className="flex min-w-0 flex-col rounded border border-line bg-surface-1"
      style={{ minHeight: height + 64 }}
    >
      <figcaption className="flex h-8 items-center px-3 font-medium">{title}</figcaption>
      <div className="min-h-0 flex-1 px-3 pb-3">{children}</div>
    </figure>
  )
}

/** Some of this machine's metrics over the shared time range. */
export function MachinePanel({ panel, stretch }: { readonly panel: Panel; readonly stretch: Stretch }) {
  const { title, format, queries } = panel
  const window = rateWindow(stretch, Date.now())
  const { data, error, isFetching, refetch } = useQuery(
    metricRanges(
      queries.map(({ expression }) => expression(window)),
      stretch,
    ),
  )
  const lines = useMemo(() => {
    const answers = queries.flatMap((query, at) => {
      const answer = data?.answers[at]
      return answer === undefined ? [] : [{ ...answer, ...query }]
    })
    return linesOf(answers, data?.from ?? 0)
  }, [data, queries])
  const range = useMemo(() => ({ from: stretch.from / 1_000, to: stretch.to / 1_000 }), [stretch.from, stretch.to])

  if (error !== null)
    return (
      <Stand title={title}>
        <ErrorPanel
          title="This could not be read."
          error={error}
          onRetry={() => void refetch()}
          retrying={isFetching}
        />
      </Stand>
    )
  if (data === undefined)
    return (
      <Stand title={title}>
        <Skeleton rows={4} />
      </Stand>
    )
  if (lines.series.length === 0)
    return (
      <Stand title={title}>
        <p className="text-muted">Not measured on this machine in this time range.</p>
      </Stand>
    )
  return (
    <TimeSeriesChart
      title={title}
      times={lines.times}
      series={lines.series}
      format={format}
      range={range}
      syncKey="metrics"
      onRange={zoomTo}
      height={height}
    />
  )
}
