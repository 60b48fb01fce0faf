import type uPlot from 'uplot'
import { type Layers, layerHooks } from './layers.ts'
import { faded, type Palette } from './palette.ts'
import { colorOf, type TimeSeries, valueRange } from './series.ts'

/** What a plot asks while it lives; answers may change without building it again. */
export type PlotSource = {
  readonly layers: () => Layers
  readonly range: () => { readonly from: number; readonly to: number } | undefined
  readonly format: (value: number) => string
  readonly onCursor: (index: number | null) => void
  readonly onRange: (from: number, to: number) => void
}

type PlotShape = {
  readonly width: number
  readonly height: number
  readonly series: readonly TimeSeries[]
  readonly syncKey: string | undefined
  readonly zoomable: boolean
  /** Steps of the value axis are powers of two: bytes. */
  readonly binary: boolean
}

const day = 86_400
// Columns: increment, default, then rollovers of year, month, day, hour, minute, second; 24 h, ISO order.
const timeFormats: uPlot.Axis.Values = [
  [day * 365, '{YYYY}', null, null, null, null, null, null, 1],
  [day * 28, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [day, '{MM}-{DD}', '\n{YYYY}', null, null, null, null, null, 1],
  [60, '{HH}:{mm}', '\n{YYYY}-{MM}-{DD}', null, '\n{MM}-{DD}', null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', '\n{YYYY}-{MM}-{DD}', null, '\n{MM}-{DD}', null, null, null, 1],
  [0.001, ':{ss}.{fff}', null, null, null, null, null, null, 1],
]

const powersOfTwo = Array.from({ length: 60 }, (_, power) => 2 ** power)

function axesOf(palette: Palette, format: (value: number) => string, binary: boolean): uPlot.Axis[] {
  const shared = {
    stroke: palette.color('--muted'),
    font: palette.font,
    grid: { stroke: palette.color('--line'), width: 1 },
    ticks: { stroke: palette.color('--line'), width: 1, size: 4 },
  }
  const widthOf = (plot: uPlot, values: string[] | null): number => {
    if (values === null) return 48
    plot.ctx.save()
    plot.ctx.font = palette.font
    const widest = Math.max(...values.map((value) => plot.ctx.measureText(value).width))
    plot.ctx.restore()
    return Math.ceil(widest) + 14
  }
  return [
    { ...shared, values: timeFormats, space: 64, size: 34, gap: 4 },
    {
      ...shared,
      values: (_, splits) => splits.map(format),
      size: (plot, values) => widthOf(plot, values),
      space: 32,
      ...(binary ? { incrs: powersOfTwo } : {}),
      gap: 4,
    },
  ]
}

function linesOf(series: readonly TimeSeries[], palette: Palette): uPlot.Series[] {
  return series.map((entry, at) => {
    const color = palette.color(`--series-${colorOf(entry, at)}`)
    return {
      label: entry.label,
      stroke: color,
      width: 1.5,
      points: { show: false },
      spanGaps: false,
      ...(series.length === 1 ? { fill: faded(color, 0.1) } : {}),
      ...(entry.dashed === true ? { dash: [6, 4] } : {}),
    }
  })
}

function selected(plot: uPlot, onRange: PlotSource['onRange']): void {
  const { left, width } = plot.select
  if (width < 4) return
  onRange(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'))
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
}

export function plotOptions(shape: PlotShape, palette: Palette, source: PlotSource): uPlot.Options {
  const hooks = layerHooks(source.layers, palette)
  return {
    width: shape.width,
    height: shape.height,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    scales: {
      x: {
        time: true,
        range: (_, min, max) => {
          const range = source.range()
          return range === undefined ? [min, max] : [range.from, range.to]
        },
      },
      y: { range: (_, min, max) => valueRange(min, max, source.layers().threshold?.value) },
    },
    axes: axesOf(palette, source.format, shape.binary),
    series: [{}, ...linesOf(shape.series, palette)],
    cursor: {
      y: false,
      points: { size: 6, width: 1.5 },
      drag: { x: shape.zoomable, y: false, setScale: false },
      ...(shape.syncKey === undefined ? {} : { sync: { key: shape.syncKey, setSeries: false } }),
    },
    hooks: {
      ...hooks,
      setCursor: [(plot) => source.onCursor(plot.cursor.idx ?? null)],
      setSelect: [(plot) => selected(plot, source.onRange)],
    },
  }
}
