import type { ReactNode } from 'react'
import { Sparkline } from '#renderer/ui/chart/Sparkline.tsx'
import { drawable } from '#renderer/ui/chart/series.ts'
import { formatNumber } from '#renderer/ui/format.ts'

/** Null is "not measured on this machine", never zero. */
export const percentOf = (value: number | null): string => (value === null ? '' : `${formatNumber(value, 0)} %`)

const notMeasured = 'not measured on this machine'
const settlesWithinMs = 15_000

/** Rates need two readings: just after the start their absence says nothing about the machine. */
export const missingRate = (readAt: string, startedAt: string | undefined): string =>
  startedAt === undefined || Date.parse(readAt) - Date.parse(startedAt) < settlesWithinMs ? 'measuring…' : notMeasured

type Values = readonly (number | null)[]

function describe(name: string, values: Values, format: (value: number) => string): string {
  const known = drawable(values).filter((value) => value !== null)
  if (known.length === 0) return `${name}: nothing measured in the last 15 minutes`
  return `${name}, last 15 minutes: ${format(Math.min(...known))} to ${format(Math.max(...known))}`
}

export type ReadingProps = {
  readonly name: string
  /** Empty: not measured. */
  readonly value: ReactNode
  /** What stands there instead of an empty value. */
  readonly missing?: string | undefined
  readonly detail?: ReactNode
  readonly spark?: { readonly values: Values; readonly format: (value: number) => string } | undefined
  /** How full something is, 0–1; drawn as a bar. */
  readonly full?: number | undefined
}

function Bar({ full }: { readonly full: number }) {
  const color = full >= 0.97 ? 'bg-critical' : full >= 0.9 ? 'bg-warning' : 'bg-accent'
  return (
    <span aria-hidden className="h-1.5 w-24 shrink-0 overflow-hidden rounded-full bg-pressed">
      <span className={`block h-full ${color}`} style={{ width: `${Math.min(1, full) * 100}%` }} />
    </span>
  )
}

/** One measured thing on one line: name, value, what explains it, the last quarter of an hour. */
export function Reading({ name, value, missing = notMeasured, detail, spark, full }: ReadingProps) {
  return (
    <div className="flex h-6 items-center gap-2 px-3">
      <dt className="w-20 shrink-0 truncate text-muted" title={name}>
        {name}
      </dt>
      <dd className="flex min-w-0 flex-1 items-center gap-2">
        {value === '' || value === null ? (
          <span className="text-muted">{missing}</span>
        ) : (
          <>
            <span className="shrink-0 font-medium">{value}</span>
            <span className="min-w-0 flex-1 truncate text-secondary text-muted">{detail}</span>
            {full === undefined ? null : <Bar full={full} />}
            {spark === undefined ? null : (
              <Sparkline values={spark.values} label={describe(name, spark.values, spark.format)} />
            )}
          </>
        )}
      </dd>
    </div>
  )
}
