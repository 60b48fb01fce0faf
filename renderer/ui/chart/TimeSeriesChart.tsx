import { ChartLine, Table2 } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import 'uplot/dist/uPlot.min.css'
import { IconButton } from '../Button.tsx'
import { formatBytes, formatCompact, formatTimestamp } from '../format.ts'
import { ChartLegend } from './ChartLegend.tsx'
import { ChartTable } from './ChartTable.tsx'
import { type Band, describe, type Marker, type Threshold, type TimeSeries } from './series.ts'
import { usePlot } from './use-plot.ts'

export type TimeSeriesChartProps = {
  readonly title: string
  /** Epoch seconds, ascending. */
  readonly times: readonly number[]
  readonly series: readonly TimeSeries[]
  readonly format?: ((value: number) => string) | undefined
  readonly threshold?: Threshold | undefined
  readonly bands?: readonly Band[] | undefined
  readonly markers?: readonly Marker[] | undefined
  /** Epoch seconds; without it the axis follows the samples. */
  readonly range?: { readonly from: number; readonly to: number } | undefined
  /** Charts with one key share their cursor. */
  readonly syncKey?: string | undefined
  /** A dragged stretch, in epoch seconds. */
  readonly onRange?: ((from: number, to: number) => void) | undefined
  readonly height?: number | undefined
  readonly actions?: ReactNode
}

const none: readonly never[] = []

/** Time series with threshold, bands, markers, a shared cursor and drag to zoom; and the same as a table. */
export function TimeSeriesChart(props: TimeSeriesChartProps) {
  const { title, times, series, format = formatCompact, threshold, bands = none, markers = none } = props
  const { range, syncKey, onRange, height = 200, actions } = props
  const host = useRef<HTMLDivElement>(null)
  const [index, setIndex] = useState<number | null>(null)
  const [asTable, setAsTable] = useState(false)
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const plot = usePlot(host, {
    times,
    series,
    hidden,
    height,
    syncKey,
    zoomable: onRange !== undefined,
    binary: format === formatBytes,
    shown: !asTable,
    layers: () => ({ bands, markers, threshold }),
    range: () => range,
    format,
    onCursor: setIndex,
    onRange: (from, to) => onRange?.(from, to),
  })
  const from = range?.from
  const to = range?.to
  // biome-ignore lint/correctness/useExhaustiveDependencies: layers and range are drawn from the latest values
  useEffect(() => {
    plot.current?.setData(plot.current.data)
  }, [bands, markers, threshold?.value, from, to])

  const toggle = (label: string) =>
    setHidden(
      (before) => new Set(before.has(label) ? [...before].filter((other) => other !== label) : [...before, label]),
    )
  const moveCursor = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    const current = plot.current
    if (step === undefined || current === null) return
    event.preventDefault()
    const next = Math.min(Math.max((index ?? times.length) + step * (event.shiftKey ? 10 : 1), 0), times.length - 1)
    current.setCursor({ left: current.valToPos(times[next] ?? 0, 'x'), top: 0 })
  }
  const cursorTime = index === null ? undefined : times[index]
  const summary = describe(title, series, format, threshold)
  const nearby = markers.filter(({ at }) => index !== null && Math.abs(at - (times[index] ?? 0)) <= stepOf(times))

  return (
    <figure className="flex min-w-0 flex-col rounded border border-line bg-surface-1">
      <figcaption className="flex h-8 items-center gap-2 pr-1 pl-3">
        <span className="min-w-0 flex-1 truncate font-medium">{title}</span>
        {nearby.length === 0 ? null : (
          <span className="truncate text-secondary text-accent">{nearby.map(({ label }) => label).join(', ')}</span>
        )}
        <span className="shrink-0 text-secondary text-muted">
          {cursorTime === undefined ? 'last values' : formatTimestamp(cursorTime * 1000)}
        </span>
        {actions}
        <IconButton
          size={24}
          icon={asTable ? ChartLine : Table2}
          label={asTable ? 'Show as chart' : 'Show as table'}
          onClick={() => setAsTable(!asTable)}
        />
      </figcaption>
      {asTable ? (
        <ChartTable title={title} times={times} series={series} format={format} height={height} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the cursor
        <div ref={host} role="img" aria-label={summary} tabIndex={0} onKeyDown={moveCursor} className="min-w-0 px-1" />
      )}
      <ChartLegend series={series} format={format} index={index} hidden={hidden} onToggle={toggle} />
    </figure>
  )
}

const stepOf = (times: readonly number[]): number => {
  const [first = 0] = times
  const last = times.at(-1) ?? first
  return times.length > 1 ? (last - first) / (times.length - 1) : 0
}
