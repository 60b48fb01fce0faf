import { clsx } from 'clsx'
import { ChevronDown, Clock, Pause, Unplug, ZoomOut } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { isAway, useBridge } from '#renderer/rpc/connection.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { Field } from '../ui/Field.tsx'
import { Popover } from '../ui/Popover.tsx'
import { TextField } from '../ui/TextField.tsx'
import { RelativeTime } from '../ui/Time.tsx'
import { setScope, togglePaused, useScope } from './scope.ts'
import {
  absoluteRange,
  labelOfRange,
  parseInstant,
  quickRanges,
  resolveRange,
  type TimeRange,
  zoomedOut,
} from './time-range.ts'

const unreadable = 'Write now-6h or 2025-01-31 14:00.'

function CustomRange({ range, onPick }: { readonly range: TimeRange; readonly onPick: (range: TimeRange) => void }) {
  const [draft, setDraft] = useState(range)
  const now = Date.now()
  const fromError = parseInstant(draft.from, now) === null ? unreadable : undefined
  const toError = parseInstant(draft.to, now) === null ? unreadable : undefined
  const backwards = fromError === undefined && toError === undefined && resolveRange(draft, now) === null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (fromError !== undefined || toError !== undefined || backwards) return
    onPick({ from: portable(draft.from), to: portable(draft.to) })
  }
  return (
    <form onSubmit={submit} className="flex w-60 flex-col gap-3 p-3">
      <Field label="From" required error={fromError}>
        <TextField mono value={draft.from} onChange={(event) => setDraft({ ...draft, from: event.target.value })} />
      </Field>
      <Field label="To" required error={toError ?? (backwards ? 'This is not after “From”.' : undefined)}>
        <TextField mono value={draft.to} onChange={(event) => setDraft({ ...draft, to: event.target.value })} />
      </Field>
      <Button type="submit" kind="primary">
        Apply
      </Button>
      <p className="text-label text-muted">
        Times are local ({Intl.DateTimeFormat().resolvedOptions().timeZone}); a link carries UTC.
      </p>
    </form>
  )
}

/** Relative words stay; a local time becomes UTC, so that a link means the same to somebody elsewhere. */
function portable(text: string): string {
  if (text.trim().startsWith('now')) return text.trim()
  const epoch = parseInstant(text, Date.now())
  return epoch === null ? text : absoluteRange({ from: epoch, to: epoch }).from
}

function Quick({ range, onPick }: { readonly range: TimeRange; readonly onPick: (range: TimeRange) => void }) {
  return (
    <ul className="border-r border-line p-1">
      {quickRanges.map((quick) => {
        const current = quick.range.from === range.from && quick.range.to === range.to
        return (
          <li key={quick.label}>
            <button
              type="button"
              aria-pressed={current}
              onClick={() => onPick(quick.range)}
              className={clsx(
                'h-6 w-36 rounded-sm px-2 text-left hover:bg-hover',
                current && 'bg-selected text-accent',
              )}
            >
              {quick.label}
            </button>
          </li>
        )
      })}
    </ul>
  )
}

/** The shared time range, and live or paused. */
export function TimeRangePicker() {
  const [open, setOpen] = useState(false)
  const range = useScope((scope) => scope.range)
  const pausedAt = useScope((scope) => scope.pausedAt)
  const pick = (picked: TimeRange) => {
    setScope({ range: picked })
    setOpen(false)
  }
  return (
    <div className="flex items-center gap-1">
      <Popover
        label="Time range"
        align="end"
        open={open}
        onOpenChange={setOpen}
        trigger={
          <Button kind="ghost" aria-label={`Time range: ${labelOfRange(range)}`}>
            <Clock aria-hidden size={14} strokeWidth={1.75} className="text-muted" />
            {labelOfRange(range)}
            <ChevronDown aria-hidden size={12} className="text-muted" />
          </Button>
        }
      >
        <div className="flex">
          <Quick range={range} onPick={pick} />
          <CustomRange key={`${range.from} ${range.to}`} range={range} onPick={pick} />
        </div>
      </Popover>
      <IconButton
        icon={ZoomOut}
        label="Zoom out"
        shortcut="t o"
        onClick={() => setScope({ range: zoomedOut(range, pausedAt ?? Date.now()) })}
      />
      <LiveButton />
    </div>
  )
}

/** Live, paused, or neither: what has lost the application shows nothing that is live. */
function LiveButton() {
  const pausedAt = useScope((scope) => scope.pausedAt)
  const away = useBridge(isAway)
  if (pausedAt !== null)
    return (
      <Button
        kind="ghost"
        shortcut="t p"
        tooltip="Go on live"
        aria-label="Paused. Go on live"
        onClick={togglePaused}
        className="text-warning"
      >
        <Pause aria-hidden size={14} />
        <span>
          Paused <RelativeTime at={pausedAt} />
        </span>
      </Button>
    )
  return (
    <Button
      kind="ghost"
      shortcut="t p"
      tooltip={away ? 'Nothing comes from the application' : 'Stop time'}
      aria-label={away ? 'Not live. Pause' : 'Live. Pause'}
      onClick={togglePaused}
      className={away ? 'text-warning' : 'text-ok'}
    >
      {away ? <Unplug aria-hidden size={14} /> : <span aria-hidden className="size-2 rounded-full bg-current" />}
      {away ? 'Not live' : 'Live'}
    </Button>
  )
}
