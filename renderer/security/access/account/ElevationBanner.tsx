import { Siren } from 'lucide-react'
import { useClock } from '#renderer/ui/clock.ts'
import { epochOf } from '#renderer/ui/format.ts'
import { Timestamp } from '#renderer/ui/Time.tsx'
import { countdown } from '../proof/throttle.ts'
import { useMe } from '../queries.ts'

function TimeLeft({ until }: { readonly until: string }) {
  const text = useClock((now) => countdown((epochOf(until) - now) / 1_000))
  return (
    <span role="timer" className="font-medium">
      {text} left
    </span>
  )
}

/** Stays in sight for as long as somebody is an administrator by an emergency. */
export function ElevationBanner() {
  const until = useMe()?.elevatedUntil ?? null
  const over = useClock((now) => until === null || epochOf(until) <= now)
  if (until === null || over) return null
  return (
    <div className="flex items-center gap-2 border-b border-line bg-surface-1 px-3 py-1 text-high">
      <Siren aria-hidden size={14} className="shrink-0" />
      <span role="status">
        You are an administrator by an emergency until <Timestamp at={until} />. Everything you do is recorded with your
        reason.
      </span>
      <TimeLeft until={until} />
    </div>
  )
}
