import { useClock } from './clock.ts'
import { epochOf, formatBothTimes, formatDuration, formatRelative, formatTimestamp, type Instant } from './format.ts'

type InstantProps = { readonly at: Instant; readonly className?: string | undefined }

const isoOf = (epoch: number): string | undefined =>
  Number.isFinite(epoch) ? new Date(epoch).toISOString() : undefined
const titleOf = (epoch: number): string | undefined => (Number.isFinite(epoch) ? formatBothTimes(epoch) : undefined)

/** `3 m ago`, kept current; the title has the local and the UTC time. */
export function RelativeTime({ at, className }: InstantProps) {
  const epoch = epochOf(at)
  const text = useClock((now) => formatRelative(epoch, now))
  return (
    <time dateTime={isoOf(epoch)} title={titleOf(epoch)} className={className}>
      {text}
    </time>
  )
}

/** `2025-01-31 14:03:22` in local time; the title adds UTC. */
export function Timestamp({ at, className }: InstantProps) {
  const epoch = epochOf(at)
  return (
    <time dateTime={isoOf(epoch)} title={titleOf(epoch)} className={className}>
      {formatTimestamp(epoch)}
    </time>
  )
}

type DurationProps = { readonly seconds: number } | { readonly from: Instant; readonly to?: Instant | undefined }

/** A length of time; without `to` it grows with the clock. */
export function Duration(props: DurationProps) {
  const text = useClock((now) => {
    if ('seconds' in props) return formatDuration(props.seconds)
    const end = props.to === undefined ? now : epochOf(props.to)
    // Whole seconds: tenths of a running clock only flicker.
    return formatDuration(Math.round((end - epochOf(props.from)) / 1000))
  })
  return <span>{text}</span>
}
