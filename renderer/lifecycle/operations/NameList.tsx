import { Plus } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { LabelChip } from '#renderer/ui/Badge.tsx'
import { Button } from '#renderer/ui/Button.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'

/** Why a name cannot be added; undefined when it can. */
export function refusal(name: string, names: readonly string[], most: number): string | undefined {
  if (name === '') return 'Write a name first.'
  if (names.includes(name)) return `${name} is watched already.`
  return names.length >= most ? `At most ${most} can be watched.` : undefined
}

const most = 50

type NameListProps = {
  readonly label: string
  /** What a chip says before the name: `process`. */
  readonly noun: string
  readonly hint: string
  readonly placeholder: string
  readonly names: readonly string[]
  readonly onChange: (names: readonly string[]) => void
  readonly busy: boolean
  readonly forbidden: string | undefined
  readonly error: string | undefined
}

/** Names that are watched, each a chip; Enter adds one. */
export function NameList(props: NameListProps) {
  const { label, noun, hint, placeholder, names, onChange, busy, forbidden, error } = props
  const [draft, setDraft] = useState('')
  const [refused, setRefused] = useState<string | undefined>()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const name = draft.trim()
    const why = refusal(name, names, most)
    setRefused(why)
    if (why !== undefined) return
    onChange([...names, name])
    setDraft('')
  }
  const allowed = forbidden === undefined
  return (
    <form onSubmit={submit} className="flex flex-col gap-2">
      <Field label={label} required hint={hint} error={refused ?? error}>
        <div className="flex gap-2">
          <TextField
            aria-label={label}
            value={draft}
            placeholder={placeholder}
            disabled={!allowed}
            onChange={(event) => {
              setDraft(event.target.value)
              setRefused(undefined)
            }}
          />
          <Button type="submit" icon={Plus} busy={busy} forbidden={forbidden}>
            Add
          </Button>
        </div>
      </Field>
      {names.length === 0 ? null : (
        <div className="flex flex-wrap gap-1">
          {names.map((name) => (
            <LabelChip
              key={name}
              name={noun}
              value={name}
              onRemove={allowed && !busy ? () => onChange(names.filter((other) => other !== name)) : undefined}
            />
          ))}
        </div>
      )}
    </form>
  )
}
