import { useState } from 'react'
import type { Preferences } from '#preload/lifecycle/operations.ts'
import { Field } from '#renderer/ui/Field.tsx'
import { Switch } from '#renderer/ui/Switch.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'

type Quiet = Preferences['quietHours']

const usual = { from: '22:00', to: '07:00' } as const
const isTime = (text: string): boolean => /^([01]\d|2[0-3]):[0-5]\d$/.test(text)

type QuietHoursProps = {
  readonly quiet: Quiet
  readonly onChange: (quiet: Quiet) => void
  readonly disabled: boolean
}

type TimeProps = {
  readonly label: string
  readonly value: string
  readonly disabled: boolean
  readonly onTime: (time: string) => void
}

/** Saved when the field is left, so that half a time is never saved. */
function Time({ label, value, disabled, onTime }: TimeProps) {
  const [draft, setDraft] = useState(value)
  const wrong = !isTime(draft)
  return (
    <Field label={label} required error={wrong ? 'Write a time as 22:00.' : undefined}>
      <TextField
        mono
        className="w-20!"
        placeholder="22:00"
        value={draft}
        disabled={disabled}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={() => (wrong || draft === value ? undefined : onTime(draft))}
      />
    </Field>
  )
}

export function QuietHours({ quiet, onChange, disabled }: QuietHoursProps) {
  const overnight = quiet !== null && quiet.from > quiet.to
  return (
    <div className="flex flex-col items-start gap-2">
      <Switch
        label="Quiet hours"
        checked={quiet !== null}
        disabled={disabled}
        onChange={(on) => onChange(on ? usual : null)}
      />
      {quiet === null ? null : (
        <>
          <div className="flex gap-3">
            <Time
              key={`from ${quiet.from}`}
              label="From"
              value={quiet.from}
              disabled={disabled}
              onTime={(from) => onChange({ ...quiet, from })}
            />
            <Time
              key={`to ${quiet.to}`}
              label="To"
              value={quiet.to}
              disabled={disabled}
              onTime={(to) => onChange({ ...quiet, to })}
            />
          </div>
          <p className="text-secondary text-muted">
            Local time{overnight ? ', until the next morning' : ''}. Nothing notifies meanwhile; the inbox shows
            everything.
          </p>
        </>
      )}
    </div>
  )
}
