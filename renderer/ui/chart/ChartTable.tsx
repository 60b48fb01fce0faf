import { formatTimestamp, plural } from '../format.ts'
import { summarise, type TimeSeries } from './series.ts'

type ChartTableProps = {
  readonly title: string
  readonly times: readonly number[]
  readonly series: readonly TimeSeries[]
  readonly format: (value: number) => string
  readonly height: number
}

const samplesShown = 200
const cell = 'border-b border-line px-2 py-0.5 whitespace-nowrap'
const number = `${cell} text-right`

/** The chart as numbers: a summary of each series, then the latest samples. */
export function ChartTable({ title, times, series, format, height }: ChartTableProps) {
  const show = (value: number | null | undefined) =>
    value === null || value === undefined || !Number.isFinite(value) ? '–' : format(value)
  const first = Math.max(0, times.length - samplesShown)
  const indices = Array.from({ length: times.length - first }, (_, at) => times.length - 1 - at)
  const summaries = series.map(({ values }) => summarise(values))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region has to be reachable by keyboard
    <section aria-label={`${title}, as a table`} tabIndex={0} className="overflow-auto" style={{ height }}>
      <table className="w-full border-collapse text-secondary">
        <caption className="px-2 py-1 text-left text-muted">
          {first > 0
            ? `The latest ${samplesShown} of ${plural(times.length, 'sample')}`
            : plural(times.length, 'sample')}
        </caption>
        <thead className="sticky top-0 bg-surface-1">
          <tr>
            <th scope="col" className={`${cell} text-left`}>
              Time
            </th>
            {series.map(({ label }) => (
              <th key={label} scope="col" className={number}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(['min', 'mean', 'max'] as const).map((kind) => (
            <tr key={kind}>
              <th scope="row" className={`${cell} text-left font-medium`}>
                {kind}
              </th>
              {series.map(({ label }, at) => (
                <td key={label} className={`${number} font-medium`}>
                  {show(summaries[at]?.[kind])}
                </td>
              ))}
            </tr>
          ))}
          {indices.map((index) => (
            <tr key={times[index]}>
              <th scope="row" className={`${cell} text-left font-normal text-muted`}>
                {formatTimestamp((times[index] ?? Number.NaN) * 1000)}
              </th>
              {series.map(({ label, values }) => (
                <td key={label} className={number}>
                  {show(values[index])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
