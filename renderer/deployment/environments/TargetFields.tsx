import { Plus } from 'lucide-react'
import { type UseFormReturn, useFieldArray } from 'react-hook-form'
import type { EnvironmentInput } from '#preload/deployment/environments.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { SegmentedControl } from '#renderer/ui/SegmentedControl.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { type Draft, mostHosts, newHost } from './draft.ts'
import { HostFields } from './HostFields.tsx'

type Props = { readonly form: UseFormReturn<Draft, unknown, EnvironmentInput> }

const kinds = [
  { value: 'machine', label: 'This machine' },
  { value: 'ssh', label: 'Hosts over SSH' },
] as const

function Alert({ text }: { readonly text: string | undefined }) {
  if (text === undefined) return null
  return (
    <p role="alert" className="text-secondary text-critical">
      {text}
    </p>
  )
}

function Hosts({ form }: Props) {
  const { fields, append, remove } = useFieldArray({ control: form.control, name: 'hosts' })
  const { errors } = form.formState
  return (
    <div className="flex flex-col gap-3">
      {fields.map(({ id }, at) => (
        <HostFields key={id} form={form} at={at} onRemove={fields.length > 1 ? () => remove(at) : null} />
      ))}
      <Alert text={errors.hosts?.root?.message ?? errors.hosts?.message} />
      <div>
        <Button size={24} icon={Plus} disabled={fields.length >= mostHosts} onClick={() => append(newHost)}>
          Add a host
        </Button>
      </div>
    </div>
  )
}

function Places({ form }: Props) {
  const { register, formState } = form
  const { errors } = formState
  return (
    <div className="grid grid-cols-4 gap-3">
      <div className="col-span-2">
        <Field
          label="Folder on each host"
          required
          error={errors.folder?.message}
          hint="It belongs to this application, with all that is in it."
        >
          <TextField {...register('folder')} mono />
        </Field>
      </div>
      <Field label="First port" required error={errors.portFrom?.message} hint="Each instance gets one.">
        <TextField {...register('portFrom')} inputMode="numeric" />
      </Field>
      <Field label="Last port" required error={errors.portTo?.message}>
        <TextField {...register('portTo')} inputMode="numeric" />
      </Field>
    </div>
  )
}

/** Where its services run. The private key for hosts is a secret, and set among the secrets. */
export function TargetFields({ form }: Props) {
  const { watch, setValue, formState } = form
  const runsOn = watch('runsOn')
  return (
    <Section title="Where it runs">
      <div className="flex flex-col gap-3">
        <div>
          <SegmentedControl
            label="Where it runs"
            segments={kinds}
            value={runsOn}
            onChange={(value) => setValue('runsOn', value, { shouldDirty: true })}
          />
        </div>
        <Alert text={formState.errors.runsOn?.message} />
        {runsOn === 'ssh' ? (
          <>
            <Hosts form={form} />
            <Places form={form} />
            <p className="text-secondary text-muted">
              Once it is saved, set the private key that opens the hosts under Secrets. The gateway of this machine
              reaches the services at the addresses above.
            </p>
          </>
        ) : null}
      </div>
    </Section>
  )
}
