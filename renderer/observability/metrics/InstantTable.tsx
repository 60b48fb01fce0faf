import { useQuery } from '@tanstack/react-query'
import { formatNumber, plural } from '#renderer/ui/format.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'
import { seriesName } from './evaluation.ts'
import { metricInstant } from './queries.ts'

const rowsShown = 500
const cell = 'border-b border-line px-2 py-1'

/** The values of an expression at the end of the range. */
export function InstantTable({ expression, at }: { readonly expression: string; readonly at: number }) {
  const query = useQuery(metricInstant(expression, at))
  return (
    <QueryView
      query={query}
      failure="The query was not answered."
      empty={({ series }) =>
        series.length === 0 ? <p className="p-6 text-center text-muted">This expression has no value now.</p> : null
      }
      ready={({ series }) => (
        <table className="w-full border-collapse">
          <caption className="pb-1 text-left text-secondary text-muted">
            {plural(series.length, 'series', 'series')} at <Timestamp at={at} />
            {series.length > rowsShown ? `; the first ${rowsShown} are shown` : ''}
          </caption>
          <thead>
            <tr className="text-secondary text-muted">
              <th scope="col" className={`${cell} text-left font-medium`}>
                Series
              </th>
              <th scope="col" className={`${cell} text-right font-medium`}>
                Value
              </th>
            </tr>
          </thead>
          <tbody>
            {series.slice(0, rowsShown).map(({ labels, value }) => (
              <tr key={seriesName(labels)}>
                <td className={cell}>
                  <SafeText text={seriesName(labels)} mono />
                </td>
                <td className={`${cell} text-right`}>{value === null ? 'not a number' : formatNumber(value, 6)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    />
  )
}
