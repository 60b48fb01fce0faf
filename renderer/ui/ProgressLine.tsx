import { X } from 'lucide-react'
import { IconButton } from './Button.tsx'
import { formatDuration, formatNumber, formatPercent } from './format.ts'

export type ProgressLineProps = {
  readonly label: string
  readonly done?: number | undefined
  /** Unknown total: the line moves, and only `done` is told. */
  readonly total?: number | undefined
  readonly secondsLeft?: number | undefined
  readonly onCancel?: (() => void) | undefined
}

function numbersOf({ done, total, secondsLeft }: ProgressLineProps): string {
  const count = done === undefined ? '' : formatNumber(done, 0)
  const of = total === undefined ? '' : ` of ${formatNumber(total, 0)}`
  const share = done === undefined || total === undefined || total === 0 ? '' : ` · ${formatPercent(done / total, 0)}`
  const left = secondsLeft === undefined ? '' : ` · about ${formatDuration(Math.ceil(secondsLeft))} left`
  return `${count}${of}${share}${left}`
}

/** Long work with numbers, an estimate and Cancel. */
export function ProgressLine(props: ProgressLineProps) {
  const { label, done, total, onCancel } = props
  const known = done !== undefined && total !== undefined && total > 0
  const share = known ? Math.min(1, done / total) : 0
  return (
    <div className="flex min-w-0 items-center gap-2">
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        <div className="flex justify-between gap-3 text-secondary">
          <span className="truncate">{label}</span>
          <span className="shrink-0 text-muted">{numbersOf(props)}</span>
        </div>
        <div
          role="progressbar"
          aria-label={label}
          aria-valuemin={0}
          aria-valuemax={known ? total : undefined}
          aria-valuenow={known ? done : undefined}
          aria-valuetext={numbersOf(props) || undefined}
          className="h-1 overflow-hidden rounded-full bg-pressed"
        >
          {known ? (
            <div className="h-full bg-accent transition-[width]" style={{ width: `${share * 100}%` }} />
          ) : (
            <div className="progress-indeterminate h-full w-1/4 bg-accent" />
          )}
        </div>
      </div>
      {onCancel === undefined ? null : <IconButton icon={X} size={24} label={`Cancel ${label}`} onClick={onCancel} />}
    </div>
  )
}
