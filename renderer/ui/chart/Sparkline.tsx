import { useMemo } from 'react'
import type { SeriesColor } from './series.ts'
import { sparkPath } from './spark-path.ts'

export type SparklineProps = {
  readonly values: readonly (number | null)[]
  /** What it says in words: `CPU, last hour: 12 % to 40 %`. */
  readonly label: string
  readonly width?: number | undefined
  readonly height?: number | undefined
  readonly color?: SeriesColor | undefined
}

export function Sparkline({ values, label, width = 96, height = 18, color = 1 }: SparklineProps) {
  const path = useMemo(() => sparkPath(values, width, height), [values, width, height])
  return (
    <svg role="img" aria-label={label} width={width} height={height} className="block shrink-0 overflow-visible">
      <path d={path} fill="none" stroke={`var(--series-${color})`} strokeWidth={1.25} strokeLinejoin="round" />
    </svg>
  )
}
