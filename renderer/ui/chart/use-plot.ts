import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react'
import uPlot from 'uplot'
import { paletteOf, useColorScheme } from './palette.ts'
import { type PlotSource, plotOptions } from './plot-options.ts'
import { drawable, type TimeSeries } from './series.ts'

type PlotInput = PlotSource & {
  readonly times: readonly number[]
  readonly series: readonly TimeSeries[]
  readonly hidden: ReadonlySet<string>
  readonly height: number
  readonly syncKey: string | undefined
  readonly zoomable: boolean
  readonly binary: boolean
  /** False while the table stands in its place. */
  readonly shown: boolean
}

const dataOf = (times: readonly number[], series: readonly TimeSeries[]): uPlot.AlignedData => [
  [...times],
  ...series.map(({ values }) => drawable(values)),
]

const shapeKey = (series: readonly TimeSeries[]): string =>
  series.map(({ label, color, dashed }) => `${label}\u0000${color}\u0000${dashed}`).join('\u0001')

/** A uPlot in an element: built when its shape or the colours change, fed when the data do. */
export function usePlot(host: RefObject<HTMLDivElement | null>, input: PlotInput): RefObject<uPlot | null> {
  const plot = useRef<uPlot | null>(null)
  const latest = useRef(input)
  latest.current = input
  const scheme = useColorScheme()
  const { times, series, hidden, height, syncKey, zoomable, binary, shown } = input
  const shape = shapeKey(series)

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` and `scheme` stand for what the plot is built of
  useLayoutEffect(() => {
    const element = host.current
    if (element === null || !shown) return
    const source: PlotSource = {
      layers: () => latest.current.layers(),
      range: () => latest.current.range(),
      format: (value) => latest.current.format(value),
      onCursor: (index) => latest.current.onCursor(index),
      onRange: (from, to) => latest.current.onRange(from, to),
    }
    const width = Math.max(120, element.clientWidth)
    const options = plotOptions({ width, height, series, syncKey, zoomable, binary }, paletteOf(element), source)
    const made = new uPlot(options, dataOf(times, series), element)
    plot.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: Math.max(120, element.clientWidth), height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [host, shape, scheme, height, syncKey, zoomable, binary, shown])

  useEffect(() => {
    plot.current?.setData(dataOf(times, series))
  }, [times, series])

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new plot shows all of its lines
  useEffect(() => {
    series.forEach((entry, at) => {
      const line = plot.current?.series[at + 1]
      const wanted = !hidden.has(entry.label)
      if (line !== undefined && line.show !== wanted) plot.current?.setSeries(at + 1, { show: wanted })
    })
  }, [hidden, series, scheme, shown])

  return plot
}
