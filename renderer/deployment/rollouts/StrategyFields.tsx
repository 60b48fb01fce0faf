import type { Sticky } from '#preload/deployment/rollouts.ts'
import { Checkbox } from '#renderer/ui/Checkbox.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { Select } from '#renderer/ui/Select.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { type DraftFields, typed } from './draft-fields.ts'

const stickiness: readonly { readonly value: Sticky['kind']; readonly label: string }[] = [
  { value: 'none', label: 'With no version' },
  { value: 'cookie', label: 'With one version, by a cookie' },
  { value: 'header', label: 'With one version, by a header' },
]

/** What a strategy asks beside the metrics. */
export function StrategyFields(fields: DraftFields) {
  switch (fields.draft.strategy) {
    case 'canary':
      return <Canary {...fields} />
    case 'blue-green':
      return <BlueGreen {...fields} />
    case 'rolling':
      return <Rolling {...fields} />
    default:
      return null
  }
}

function Canary(fields: DraftFields) {
  const { draft, set } = fields
  const text = typed(fields)
  return (
    <>
      <div className="grid grid-cols-2 gap-3">
        <Field label="Percent at each step" required>
          <TextField {...text('weights')} />
        </Field>
        <Field label="Seconds before it is judged" required>
          <TextField inputMode="numeric" disabled={draft.approve} {...text('pauseSeconds')} />
        </Field>
      </div>
      <Checkbox
        label="Wait for a person at each step"
        checked={draft.approve}
        onChange={(approve) => set({ approve })}
      />
      <details>
        <summary className="min-h-6 cursor-pointer text-muted">More on who gets it</summary>
        <div className="grid grid-cols-2 gap-3 pt-2">
          <Field label="Requests of one client stay" required>
            <Select options={stickiness} value={draft.sticky} onChange={(sticky) => set({ sticky })} />
          </Field>
          {draft.sticky === 'none' ? (
            <span />
          ) : (
            <Field label={draft.sticky === 'cookie' ? 'Name of the cookie' : 'Name of the header'} required>
              <TextField mono {...text('stickyName')} />
            </Field>
          )}
          <Field label="Copies sent to it, percent" hint="Their answers are thrown away." required>
            <TextField inputMode="numeric" {...text('mirrorPercent')} />
          </Field>
          <Field label="Header that always gets it" hint="For testers. Empty: none.">
            <TextField mono placeholder="X-Canary: yes" {...text('testHeader')} />
          </Field>
        </div>
      </details>
    </>
  )
}

function BlueGreen(fields: DraftFields) {
  const { draft, set } = fields
  return (
    <>
      <Field label="Seconds the old set stays warm" required>
        <TextField inputMode="numeric" {...typed(fields)('pauseSeconds')} />
      </Field>
      <Checkbox
        label="Wait for a person before it switches"
        checked={draft.approve}
        onChange={(approve) => set({ approve })}
      />
    </>
  )
}

function Rolling(fields: DraftFields) {
  const text = typed(fields)
  return (
    <div className="grid grid-cols-2 gap-3">
      <Field label="Instances more than wanted, at most" required>
        <TextField inputMode="numeric" {...text('maxSurge')} />
      </Field>
      <Field label="Instances fewer than wanted, at most" required>
        <TextField inputMode="numeric" {...text('maxUnavailable')} />
      </Field>
    </div>
  )
}
