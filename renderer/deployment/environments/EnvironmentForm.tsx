import { zodResolver } from '@hookform/resolvers/zod'
import { type ClipboardEvent, useEffect, useState } from 'react'
import { type UseFormReturn, useForm } from 'react-hook-form'
import { asAppError } from '#preload/contract/error.ts'
import { type Environment, type EnvironmentInput, longestCalendar } from '#preload/deployment/environments.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { SegmentedControl } from '#renderer/ui/SegmentedControl.tsx'
import { TextArea, TextField } from '#renderer/ui/TextField.tsx'
import { approvalCounts, calendarTooLong, type Draft, draftOf, draftSchema, fieldAt } from './draft.ts'
import { useEnvironmentChange } from './queries.ts'
import { TargetFields } from './TargetFields.tsx'

type Form = UseFormReturn<Draft, unknown, EnvironmentInput>

const counts = approvalCounts.map((value) => ({ value, label: value === '0' ? 'None' : value }))

function Purpose({ form, isNew }: { readonly form: Form; readonly isNew: boolean }) {
  const { register, formState } = form
  const { errors } = formState
  return (
    <Section title="What it is">
      <div className="grid grid-cols-2 gap-3">
        <Field label="Name" required error={errors.name?.message} hint={isNew ? 'It stays as it is.' : undefined}>
          <TextField {...register('name')} readOnly={!isNew} placeholder="production" />
        </Field>
        <Field label="Region" error={errors.region?.message}>
          <TextField {...register('region')} placeholder="eu-central-1" />
        </Field>
        <div className="col-span-2">
          <Field label="Purpose" error={errors.description?.message}>
            <TextField {...register('description')} />
          </Field>
        </div>
        <Field label="Owners" error={errors.owners?.message} hint="People or teams, with commas between them.">
          <TextField {...register('owners')} />
        </Field>
        <Field label="Removes itself" error={errors.expiresAt?.message} hint="With everything in it. Empty keeps it.">
          <TextField {...register('expiresAt')} type="datetime-local" step={1} />
        </Field>
      </div>
    </Section>
  )
}

function Policy({ form }: { readonly form: Form }) {
  const { register, setValue, watch, formState } = form
  // A text of megabytes would hang the field, and be refused afterwards.
  const refuseLong = (event: ClipboardEvent<HTMLTextAreaElement>) => {
    const { length } = event.clipboardData.getData('text')
    form.clearErrors('freezeCalendar')
    if (event.currentTarget.value.length + length <= longestCalendar) return
    event.preventDefault()
    form.setError('freezeCalendar', { message: calendarTooLong(length) })
  }
  return (
    <Section title="Policy">
      <div className="flex flex-col gap-3">
        <div className="flex items-center gap-3">
          <SegmentedControl
            label="Required approvals"
            segments={counts}
            value={watch('requiredApprovals')}
            onChange={(value) => setValue('requiredApprovals', value, { shouldDirty: true })}
          />
          <span className="text-secondary text-muted">others must approve a rollout or a change</span>
        </div>
        <Field
          label="Freeze calendar"
          error={formState.errors.freezeCalendar?.message}
          hint="The text of an .ics file. Nothing is rolled out during its events. Times without a zone, and whole days, are in UTC."
        >
          <TextArea {...register('freezeCalendar')} onPaste={refuseLong} mono rows={9} placeholder="BEGIN:VCALENDAR" />
        </Field>
      </div>
    </Section>
  )
}

type EnvironmentFormProps = {
  /** Null adds a new one. */
  readonly environment: Environment | null
  /** Why saving is not allowed; undefined when it is. */
  readonly forbidden: string | undefined
  readonly onSaved: (environment: Environment) => void
  readonly onCancel: () => void
}

export function EnvironmentForm({ environment, forbidden, onSaved, onCancel }: EnvironmentFormProps) {
  // What the person began with: a change by somebody else must not slip in under their hands.
  const [base, setBase] = useState(environment)
  const form = useForm<Draft, unknown, EnvironmentInput>({
    resolver: zodResolver(draftSchema(base)),
    defaultValues: draftOf(base),
  })
  const { handleSubmit, setError, setFocus } = form
  const save = useEnvironmentChange((input: EnvironmentInput) =>
    base === null ? api.environments.create(input) : api.environments.update({ ...input, revision: base.revision }),
  )
  const first = environment === null ? 'name' : 'region'
  useEffect(() => setFocus(first), [setFocus, first])
  const showAtField = (thrown: unknown) => {
    const { at, message, hint } = asAppError(thrown)
    const field = fieldAt(at)
    if (field !== null) setError(field, { message: [message, hint].filter(Boolean).join(' ') }, { shouldFocus: true })
  }
  const submit = handleSubmit((input) => save.mutate(input, { onSuccess: onSaved, onError: showAtField }))
  useCommands([
    {
      id: 'environments.save',
      title: 'Save the environment',
      area: 'Environments',
      shortcut: 'Mod+S',
      disabledReason: forbidden,
      run: () => void submit(),
    },
  ])
  const failed = save.error !== null && fieldAt(asAppError(save.error).at) === null
  const stale = environment !== null && environment.revision !== base?.revision
  const takePresent = () => {
    setBase(environment)
    form.reset(draftOf(environment))
    save.reset()
  }
  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="flex min-h-full flex-col">
      <h2 className="px-3 pt-3 text-title font-semibold">
        <SafeText text={base === null ? 'New environment' : `Edit ${base.name}`} oneLine />
      </h2>
      {failed ? (
        <div className="px-3 pt-2">
          <ErrorPanel
            title="The environment was not saved."
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
      <Purpose form={form} isNew={base === null} />
      <TargetFields form={form} />
      <Policy form={form} />
      <div className="sticky bottom-0 mt-auto flex items-center gap-2 border-t border-line bg-surface-1 px-3 py-2">
        <Button type="submit" kind="primary" busy={save.isPending} forbidden={forbidden} shortcut="Mod+S">
          {base === null ? 'Add environment' : 'Save'}
        </Button>
        <span className="flex-1" />
        <Button kind="ghost" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  )
}
