import { useClock } from '#renderer/ui/clock.ts'
import { formatDuration, formatTimestamp } from '#renderer/ui/format.ts'
import { SegmentedControl } from '#renderer/ui/SegmentedControl.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { type End, endOf, localTime } from './draft.ts'

/** Seconds a silence commonly lasts. */
export const durations = [1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 259_200] as const

const at = 'at'
const segments = [
  ...durations.map((seconds) => ({ value: String(seconds), label: formatDuration(seconds).replace(' ', '\u2009') })),
  { value: at, label: 'Until…' },
]

type EndFieldProps = {
  readonly end: End
  readonly onChange: (end: End) => void
  readonly error: string | undefined
}

/** How long the silence lasts, or until when. */
export function EndField({ end, onChange, error }: EndFieldProps) {
  const minute = useClock((now) => Math.floor(now / 60_000) * 60_000)
  const endsAt = endOf(end, minute)
  const pick = (value: string) => {
    if (value !== at) onChange({ kind: 'for', seconds: Number(value) })
    else if (end.kind === 'for') onChange({ kind: 'at', local: localTime(Date.now() + end.seconds * 1000) })
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset brings a frame and a legend
    <div role="group" aria-label="End" className="flex flex-col gap-1">
      <span className="text-secondary font-medium">Lasts</span>
      <div className="flex flex-wrap items-center gap-2">
        <SegmentedControl
          label="The silence lasts"
          segments={segments}
          value={end.kind === 'at' ? at : String(end.seconds)}
          onChange={pick}
        />
        {end.kind === 'at' ? (
          <div className="w-52">
            <TextField
              type="datetime-local"
              aria-label="End, in local time"
              aria-invalid={error !== undefined}
              value={end.local}
              onChange={(event) => onChange({ kind: 'at', local: event.target.value })}
            />
          </div>
        ) : null}
        {endsAt === null ? null : (
          <span className="text-secondary text-muted">ends {formatTimestamp(Date.parse(endsAt)).slice(0, 16)}</span>
        )}
      </div>
      {error === undefined ? null : (
        <p role="alert" className="text-secondary text-critical">
          {error}
        </p>
      )}
    </div>
  )
}
