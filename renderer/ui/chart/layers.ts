import type uPlot from 'uplot'
import { faded, type Palette } from './palette.ts'
import type { Band, Marker, Threshold } from './series.ts'

/** What is drawn behind and over the lines. */
export type Layers = {
  readonly bands: readonly Band[]
  readonly markers: readonly Marker[]
  readonly threshold: Threshold | undefined
}

const xOf = (plot: uPlot, seconds: number): number => plot.valToPos(seconds, 'x', true)

function drawBands(plot: uPlot, bands: readonly Band[], palette: Palette): void {
  const { ctx, bbox } = plot
  const right = bbox.left + bbox.width
  for (const band of bands) {
    const from = Math.max(bbox.left, xOf(plot, band.from))
    const to = Math.min(right, band.to === null ? right : xOf(plot, band.to))
    if (to <= from) continue
    const color = palette.color(`--${band.tone}`)
    ctx.fillStyle = faded(color, 0.12)
    ctx.fillRect(from, bbox.top, to - from, bbox.height)
    ctx.fillStyle = color
    ctx.fillRect(from, bbox.top, to - from, 2 * devicePixelRatio)
  }
}

function drawThreshold(plot: uPlot, threshold: Threshold, palette: Palette): void {
  const { ctx, bbox } = plot
  const y = Math.round(plot.valToPos(threshold.value, 'y', true)) + 0.5
  if (y < bbox.top || y > bbox.top + bbox.height) return
  ctx.strokeStyle = palette.color('--high')
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio])
  ctx.beginPath()
  ctx.moveTo(bbox.left, y)
  ctx.lineTo(bbox.left + bbox.width, y)
  ctx.stroke()
  if (threshold.label === undefined) return
  ctx.fillStyle = palette.color('--high')
  ctx.font = scaled(palette.font)
  ctx.textAlign = 'right'
  const roomAbove = y - bbox.top > 16 * devicePixelRatio
  ctx.textBaseline = roomAbove ? 'bottom' : 'top'
  const gap = (roomAbove ? -2 : 3) * devicePixelRatio
  ctx.fillText(threshold.label, bbox.left + bbox.width - 4 * devicePixelRatio, y + gap)
}

const scaled = (font: string): string => font.replace(/^(\d+)px/, (_, size) => `${Number(size) * devicePixelRatio}px`)

function drawMarker(plot: uPlot, marker: Marker, palette: Palette): void {
  const { ctx, bbox } = plot
  const x = Math.round(xOf(plot, marker.at)) + 0.5
  if (x < bbox.left || x > bbox.left + bbox.width) return
  const size = 4 * devicePixelRatio
  const bottom = bbox.top + bbox.height
  ctx.strokeStyle = palette.color(`--${marker.tone ?? 'accent'}`)
  ctx.fillStyle = ctx.strokeStyle
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([2 * devicePixelRatio, 2 * devicePixelRatio])
  ctx.beginPath()
  ctx.moveTo(x, bbox.top)
  ctx.lineTo(x, bottom)
  ctx.stroke()
  ctx.beginPath()
  ctx.moveTo(x, bottom - size * 1.5)
  ctx.lineTo(x + size, bottom)
  ctx.lineTo(x - size, bottom)
  ctx.fill()
}

function clipped(plot: uPlot, draw: () => void): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  draw()
  ctx.restore()
}

/** uPlot hooks that draw bands under the lines, and threshold and markers over them. */
export const layerHooks = (layers: () => Layers, palette: Palette): uPlot.Hooks.Arrays => ({
  drawAxes: [(plot) => clipped(plot, () => drawBands(plot, layers().bands, palette))],
  draw: [
    (plot) =>
      clipped(plot, () => {
        const { threshold, markers } = layers()
        if (threshold !== undefined) drawThreshold(plot, threshold, palette)
        for (const marker of markers) drawMarker(plot, marker, palette)
      }),
  ],
})
