import { clsx } from 'clsx'
import { colorOf, summarise, type TimeSeries } from './series.ts'

type ChartLegendProps = {
  readonly series: readonly TimeSeries[]
  readonly format: (value: number) => string
  /** The sample under the cursor; null shows the last values. */
  readonly index: number | null
  readonly hidden: ReadonlySet<string>
  readonly onToggle: (label: string) => void
}

/** Names and values: under the cursor, or the last ones. A name switches its line off and on. */
export function ChartLegend({ series, format, index, hidden, onToggle }: ChartLegendProps) {
  const readingOf = (entry: TimeSeries) => {
    const value = index === null ? summarise(entry.values).last : (entry.values[index] ?? null)
    return value === null || !Number.isFinite(value) ? '–' : format(value)
  }
  return (
    <div className="flex max-h-20 flex-wrap items-center gap-x-3 overflow-auto px-2 pb-1 text-secondary">
      {series.map((entry, position) => {
        const off = hidden.has(entry.label)
        return (
          <button
            key={entry.label}
            type="button"
            aria-pressed={!off}
            onClick={() => onToggle(entry.label)}
            className={clsx(
              'flex h-6 max-w-80 min-w-0 items-center gap-1.5 rounded px-1 hover:bg-hover',
              off && 'line-through',
            )}
          >
            <svg aria-hidden="true" width="12" height="4" className="shrink-0">
              <path
                d="M0 2H12"
                strokeWidth={off ? 1 : 3}
                strokeDasharray={entry.dashed === true ? '3 2' : undefined}
                stroke={off ? 'var(--muted)' : `var(--series-${colorOf(entry, position)})`}
              />
            </svg>
            <span className="truncate text-muted">{entry.label}</span>
            <span className="min-w-8 font-medium">{readingOf(entry)}</span>
          </button>
        )
      })}
    </div>
  )
}
