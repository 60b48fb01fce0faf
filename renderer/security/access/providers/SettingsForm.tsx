import { type FormEvent, useState } from 'react'
import type { AccessSettings } from '#preload/security/access.ts'
import { accessSettings } from '#preload/security/access.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Checkbox } from '#renderer/ui/Checkbox.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { useAccessChange, useForbidden } from '../queries.ts'
import { GroupRoles } from './GroupRoles.tsx'

type NumberField = 'idleMinutes' | 'absoluteHours' | 'stepUpMinutes' | 'sessionsPerIdentity'

const numbers: readonly (readonly [NumberField, string, string])[] = [
  ['idleMinutes', 'Minutes idle until it locks', 'The screen locks; nothing is lost.'],
  ['absoluteHours', 'Hours until it ends', 'Then people sign in again, whatever they do.'],
  ['stepUpMinutes', 'Minutes that a proof lasts', 'For dangerous acts: revealing, approving, changing policies.'],
  ['sessionsPerIdentity', 'Sessions of one person', 'The oldest ends when there is one more.'],
]

type Draft = Omit<AccessSettings, NumberField> & Readonly<Record<NumberField, string>>

const draftOf = (settings: AccessSettings): Draft => ({
  ...settings,
  idleMinutes: String(settings.idleMinutes),
  absoluteHours: String(settings.absoluteHours),
  stepUpMinutes: String(settings.stepUpMinutes),
  sessionsPerIdentity: String(settings.sessionsPerIdentity),
})

const inputOf = (draft: Draft): unknown => ({
  ...draft,
  ...Object.fromEntries(numbers.map(([field]) => [field, draft[field] === '' ? Number.NaN : Number(draft[field])])),
  groupRoles: draft.groupRoles.filter(({ group }) => group.trim() !== ''),
})

/** What requiring sign-in does, told before it is done. */
function Consequence({ was, will }: { readonly was: boolean; readonly will: boolean }) {
  if (was === will) return null
  return (
    <p role="note" className="rounded border border-line bg-surface-0 px-3 py-2">
      {will
        ? 'From then on everybody signs in by a provider, you as well: this window asks you as soon as you save. It is refused where nobody could then sign in as an administrator.'
        : 'From then on whoever opens this workspace on its machine is its owner, without being asked who they are.'}
    </p>
  )
}

type SettingsFormProps = { readonly settings: AccessSettings }

/** What signing in takes here. Saved as a whole, against the revision it began with. */
export function SettingsForm({ settings }: SettingsFormProps) {
  const [base, setBase] = useState(settings)
  const [draft, setDraft] = useState(() => draftOf(settings))
  const forbidden = useForbidden()('access.setSettings')
  const disabled = forbidden !== undefined
  const save = useAccessChange(api.access.setSettings)
  const take = (next: AccessSettings) => {
    setBase(next)
    setDraft(draftOf(next))
  }
  const changed = JSON.stringify(draft) !== JSON.stringify(draftOf(base))
  // Another's change shows through while nothing was touched here.
  if (!changed && settings.revision !== base.revision && !save.isPending) take(settings)
  const parsed = accessSettings.safeParse(inputOf(draft))
  const problemAt = (field: NumberField) => parsed.error?.issues.find(({ path }) => path[0] === field)?.message
  const put = (part: Partial<Draft>) => setDraft({ ...draft, ...part })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (changed && parsed.success) save.mutate(parsed.data, { onSuccess: take })
  }
  const reload = () => {
    save.reset()
    take(settings)
  }
  return (
    <form onSubmit={submit} noValidate>
      {forbidden === undefined ? null : <p className="px-3 py-2 text-muted">{forbidden}</p>}
      <Section title="What signing in takes">
        <div className="flex flex-col gap-3">
          <Checkbox
            label="People must sign in"
            hint="Without it, this is the personal workspace of whoever uses its machine."
            checked={draft.signInRequired}
            disabled={disabled}
            onChange={(signInRequired) => put({ signInRequired })}
          />
          <Consequence was={base.signInRequired} will={draft.signInRequired} />
          <Checkbox
            label="Everybody needs a second factor"
            hint="Who has none enrols one the next time they sign in."
            checked={draft.secondFactorRequired}
            disabled={disabled}
            onChange={(secondFactorRequired) => put({ secondFactorRequired })}
          />
          <div className="grid max-w-3xl grid-cols-2 gap-3">
            {numbers.map(([field, label, hint]) => (
              <Field key={field} label={label} required hint={hint} error={problemAt(field)}>
                <TextField
                  type="number"
                  inputMode="numeric"
                  min={1}
                  value={draft[field]}
                  disabled={disabled}
                  onChange={(event) => put({ [field]: event.target.value })}
                />
              </Field>
            ))}
          </div>
        </div>
      </Section>
      <Section title="Groups give roles" count={draft.groupRoles.length}>
        <GroupRoles
          rows={draft.groupRoles}
          disabled={disabled}
          onChange={(groupRoles) => put({ groupRoles: [...groupRoles] })}
        />
      </Section>
      <div className="flex flex-col gap-2 border-b border-line px-3 py-2">
        {save.error === null ? null : (
          <ErrorPanel
            title="Nothing was changed."
            error={save.error}
            actions={
              settings.revision === base.revision ? null : (
                <Button size={24} onClick={reload}>
                  Show the present settings
                </Button>
              )
            }
          />
        )}
        <div className="flex items-center gap-2">
          <Button
            type="submit"
            kind={changed ? 'primary' : 'default'}
            disabled={!changed || !parsed.success}
            busy={save.isPending}
            forbidden={forbidden}
          >
            Save settings
          </Button>
          {changed ? (
            <Button kind="ghost" onClick={reload}>
              Undo
            </Button>
          ) : null}
          {changed ? <span className="text-secondary text-muted">Not saved yet.</span> : null}
        </div>
      </div>
    </form>
  )
}
