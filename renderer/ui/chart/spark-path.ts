import { drawable, summarise } from './series.ts'

const round = (value: number): number => Math.round(value * 10) / 10

/** An SVG path through the values, one pixel inside of the box; gaps lift the pen. */
export function sparkPath(values: readonly (number | null)[], width: number, height: number): string {
  const { min, max } = summarise(values)
  if (min === null || max === null) return ''
  const step = values.length > 1 ? width / (values.length - 1) : 0
  const y = (value: number) => (max === min ? height / 2 : 1 + (1 - (value - min) / (max - min)) * (height - 2))
  let path = ''
  let down = false
  drawable(values).forEach((value, at) => {
    if (value !== null) path += `${down ? 'L' : 'M'}${round(at * step)} ${round(y(value))}`
    down = value !== null
  })
  return path
}
