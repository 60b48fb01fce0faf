import { zodResolver } from '@hookform/resolvers/zod'
import { PlugZap } from 'lucide-react'
import { useEffect, useId, useState } from 'react'
import { useForm } from 'react-hook-form'
import { asAppError } from '#preload/contract/error.ts'
import type { Connection, ConnectionInput } from '#preload/fleet/connections.ts'
import { useVaultRetry } from '#renderer/app/vault-port.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { SegmentedControl } from '#renderer/ui/SegmentedControl.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { SignInFields, TlsFields } from './AccessFields.tsx'
import { ConnectionTest } from './ConnectionTest.tsx'
import { kindNames } from './columns.tsx'
import { type Draft, draftOf, draftSchema, fieldAt, keptOf } from './draft.ts'
import { useConnectionChange } from './queries.ts'
import { useConnectionTest } from './use-connection-test.ts'

const kinds = [
  { value: 'prometheus', label: kindNames.prometheus },
  { value: 'alertmanager', label: kindNames.alertmanager },
] as const

const examples = { prometheus: 'https://prometheus.example:9090', alertmanager: 'https://alertmanager.example:9093' }

export type ConnectionFormProps = {
  /** Null adds a new one. */
  readonly connection: Connection | null
  readonly environments: readonly string[]
  /** Why saving is not allowed; undefined when it is. */
  readonly forbidden: string | undefined
  readonly onSaved: (connection: Connection) => void
  readonly onCancel: () => void
}

export function ConnectionForm({ connection, environments, forbidden, onSaved, onCancel }: ConnectionFormProps) {
  // What the person began with: a change by somebody else must not slip in under their hands.
  const [base, setBase] = useState(connection)
  const kept = keptOf(base)
  const form = useForm<Draft, unknown, ConnectionInput>({
    resolver: zodResolver(draftSchema(kept)),
    defaultValues: draftOf(base),
  })
  const { register, handleSubmit, setError, setFocus, setValue, watch, formState } = form
  const { errors } = formState
  const listId = useId()
  const retry = useVaultRetry()
  const test = useConnectionTest()
  const save = useConnectionChange((input: ConnectionInput) =>
    retry(() =>
      base === null
        ? api.connections.create(input)
        : api.connections.update({ ...input, id: base.id, revision: base.revision }),
    ),
  )
  const first = connection === null ? 'name' : 'url'
  useEffect(() => setFocus(first), [setFocus, first])

  /** An error that names a field stands there; true when it does. */
  const showAtField = (thrown: unknown): boolean => {
    const { at, message, hint } = asAppError(thrown)
    const field = fieldAt(at)
    if (field === null) return false
    setError(field, { message: hint === undefined ? message : `${message} ${hint}` }, { shouldFocus: true })
    return true
  }
  const submit = handleSubmit((input) =>
    save.mutate(input, { onSuccess: onSaved, onError: (thrown) => void showAtField(thrown) }),
  )
  const walk = handleSubmit(async (draft) => {
    const thrown = await test.start(base === null ? { draft } : { id: base.id, draft })
    if (thrown !== null && showAtField(thrown)) test.forget()
  })
  useCommands([
    {
      id: 'connections.save',
      title: 'Save the connection',
      area: 'Connections',
      shortcut: 'Mod+S',
      disabledReason: forbidden,
      run: () => void submit(),
    },
  ])

  const failed = save.error !== null && fieldAt(asAppError(save.error).at) === null
  const stale =
    asAppError(save.error).code === 'conflict' && connection !== null && connection.revision !== base?.revision
  const takePresent = () => {
    setBase(connection)
    form.reset(draftOf(connection))
    save.reset()
  }
  const kind = watch('kind')

  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="flex min-h-full flex-col">
      <h2 className="px-3 pt-3 text-title font-semibold">
        <SafeText text={base === null ? 'New connection' : `Edit ${base.name}`} oneLine />
      </h2>
      {failed ? (
        <div className="px-3 pt-2">
          <ErrorPanel
            title="The connection was not saved."
            error={save.error}
            actions={
              stale ? (
                <Button size={24} onClick={takePresent}>
                  Show the present settings
                </Button>
              ) : null
            }
          />
        </div>
      ) : null}
      <Section title="Address">
        <div className="flex flex-col gap-3">
          <SegmentedControl
            label="Kind"
            segments={base === null ? kinds : kinds.filter(({ value }) => value === base.kind)}
            value={kind}
            onChange={(value) => setValue('kind', value, { shouldDirty: true })}
            className="self-start"
          />
          <div className="grid grid-cols-2 gap-3">
            <Field label="Name" required error={errors.name?.message}>
              <TextField {...register('name')} placeholder={`${kindNames[kind]} production`} />
            </Field>
            <Field label="Environment" required error={errors.environment?.message}>
              <TextField {...register('environment')} list={listId} placeholder="production" />
            </Field>
          </div>
          <datalist id={listId}>
            {environments.map((environment) => (
              <option key={environment} value={environment} />
            ))}
          </datalist>
          <Field label="Address" required error={errors.url?.message}>
            <TextField {...register('url')} mono inputMode="url" placeholder={examples[kind]} />
          </Field>
        </div>
      </Section>
      <SignInFields form={form} kept={kept} />
      <TlsFields form={form} kept={kept} />
      <div className="sticky bottom-0 mt-auto border-t border-line bg-surface-1">
        {test.run === null ? null : (
          <div className="max-h-[45vh] overflow-auto border-b border-line">
            <ConnectionTest run={test.run} onCancel={test.cancel} onClose={test.forget} onRepeat={() => void walk()} />
          </div>
        )}
        <div className="flex items-center gap-2 px-3 py-2">
          <Button type="submit" kind="primary" busy={save.isPending} forbidden={forbidden} shortcut="Mod+S">
            {base === null ? 'Add connection' : 'Save'}
          </Button>
          <Button icon={PlugZap} busy={test.run?.state === 'running'} onClick={() => void walk()}>
            Test
          </Button>
          <span className="flex-1" />
          <Button kind="ghost" onClick={onCancel}>
            Cancel
          </Button>
        </div>
      </div>
    </form>
  )
}
