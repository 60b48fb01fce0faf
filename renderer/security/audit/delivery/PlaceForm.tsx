import { zodResolver } from '@hookform/resolvers/zod'
import { type ComponentProps, type ComponentType, useEffect, useState } from 'react'
import { useForm } from 'react-hook-form'
import { asAppError } from '#preload/contract/error.ts'
import { useVaultRetry } from '#renderer/app/vault-port.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Checkbox } from '#renderer/ui/Checkbox.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { useAuditChange } from '../queries.ts'
import { draftOf, draftSchema, fieldAt, keptOf, type PlaceDraft, type PlaceInput } from './draft.ts'
import { FolderFields, GitFields, OtlpFields, SyslogFields, TsaFields, WebhookFields } from './PlaceFields.tsx'
import { kindWords, type Place, type PlaceKind, placeKey } from './place.ts'

const fieldsOf: Readonly<Record<PlaceKind, ComponentType<ComponentProps<typeof OtlpFields>>>> = {
  otlp: OtlpFields,
  syslog: SyslogFields,
  webhook: WebhookFields,
  tsa: TsaFields,
  git: GitFields,
  folder: FolderFields,
}

type PlaceFormProps = {
  /** Null adds a new one. */
  readonly place: Place | null
  readonly kind: PlaceKind
  /** Why saving is not allowed; undefined when it is. */
  readonly forbidden: string | undefined
  /** With the key of what was saved. */
  readonly onSaved: (key: string) => void
  readonly onCancel: () => void
}

/** @returns the key of the place as it is now. */
async function save(input: PlaceInput, base: Place | null): Promise<string> {
  const existing = base === null ? {} : { id: base.item.id, revision: base.item.revision }
  if (input.role === 'forwarder') {
    const item = await api.audit.putForwarder({ ...existing, forwarder: input.forwarder })
    return placeKey({ role: 'forwarder', item })
  }
  const item = await api.audit.putAnchor({ ...existing, anchor: input.anchor })
  return placeKey({ role: 'anchor', item })
}

export function PlaceForm({ place, kind, forbidden, onSaved, onCancel }: PlaceFormProps) {
  // What the person began with: a change by somebody else must not slip in under their hands.
  const [base, setBase] = useState(place)
  const kept = keptOf(base)
  const form = useForm<PlaceDraft, unknown, PlaceInput>({
    resolver: zodResolver(draftSchema(kept)),
    defaultValues: draftOf(base, kind),
  })
  const { register, handleSubmit, setError, setFocus, setValue, watch, formState } = form
  const retry = useVaultRetry()
  const change = useAuditChange((input: PlaceInput) => retry(() => save(input, base)))
  useEffect(() => setFocus('name'), [setFocus])

  const showAtField = (thrown: unknown): void => {
    const { at, message, hint } = asAppError(thrown)
    const field = fieldAt(at)
    if (field !== null)
      setError(field, { message: hint === undefined ? message : `${message} ${hint}` }, { shouldFocus: true })
  }
  const submit = handleSubmit((input) => change.mutate(input, { onSuccess: onSaved, onError: showAtField }))
  useCommands([
    {
      id: 'audit.savePlace',
      title: 'Save where the log goes',
      area: 'Audit',
      shortcut: 'Mod+S',
      disabledReason: forbidden,
      run: () => void submit(),
    },
  ])

  const failure = change.error === null ? null : asAppError(change.error)
  const stale = failure?.code === 'conflict' && place !== null && place.item.revision !== base?.item.revision
  const takePresent = () => {
    setBase(place)
    form.reset(draftOf(place))
    change.reset()
  }
  const Fields = fieldsOf[kind]
  const { name, purpose } = kindWords[kind]

  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="flex min-h-full flex-col">
      <header className="px-3 pt-3">
        <h2 className="text-title font-semibold">
          <SafeText text={base === null ? `New: ${name}` : `Edit ${base.item.settings.name}`} oneLine />
        </h2>
        <p className="text-muted">{purpose}</p>
      </header>
      {failure === null || fieldAt(failure.at) !== null ? null : (
        <div className="px-3 pt-2">
          <ErrorPanel
            title="It was not saved."
            error={change.error}
            actions={
              stale ? (
                <Button size={24} onClick={takePresent}>
                  Show the present settings
                </Button>
              ) : null
            }
          />
        </div>
      )}
      <div className="flex flex-col gap-3 p-3">
        <Field label="Name" required error={formState.errors.name?.message}>
          <TextField {...register('name')} />
        </Field>
        <Fields form={form} kept={kept} />
        <Checkbox
          label="On"
          hint="Off, nothing is sent; what is missed meanwhile is sent later."
          checked={watch('enabled')}
          onChange={(enabled) => setValue('enabled', enabled, { shouldDirty: true })}
        />
      </div>
      <div className="sticky bottom-0 mt-auto flex items-center gap-2 border-t border-line bg-surface-1 px-3 py-2">
        <Button type="submit" kind="primary" busy={change.isPending} forbidden={forbidden} shortcut="Mod+S">
          {base === null ? 'Add' : 'Save'}
        </Button>
        <span className="flex-1" />
        <Button kind="ghost" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  )
}
