import { zodResolver } from '@hookform/resolvers/zod'
import { useForm } from 'react-hook-form'
import { z } from 'zod'
import { asAppError } from '#preload/contract/error.ts'
import type { Environment } from '#preload/deployment/environments.ts'
import { environments } from '#preload/deployment/environments.ts'
import { useVaultRetry } from '#renderer/app/vault-port.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { instantOf } from './local-time.ts'
import { useEnvironmentChange } from './queries.ts'

const draft = z.object({ name: environments.operations.clone.input.shape.name, expiresAt: z.string() })
type Draft = z.infer<typeof draft>

type CloneDialogProps = {
  readonly environment: Environment
  readonly onClose: () => void
  readonly onCloned: (environment: Environment) => void
}

/** Another environment with the same configuration, secrets and policy; with an end, one that removes itself. */
export function CloneDialog({ environment, onClose, onCloned }: CloneDialogProps) {
  const form = useForm<Draft>({ resolver: zodResolver(draft), defaultValues: { name: '', expiresAt: '' } })
  const { errors } = form.formState
  const retry = useVaultRetry()
  const clone = useEnvironmentChange(({ name, expiresAt }: Draft) =>
    retry(() => api.environments.clone({ from: environment.name, name, expiresAt: instantOf(expiresAt) })),
  )
  const refuse = (thrown: unknown) => {
    const { at, message } = asAppError(thrown)
    if (at === 'name' || at === 'expiresAt') form.setError(at, { message }, { shouldFocus: true })
  }
  const submit = form.handleSubmit((input) => clone.mutate(input, { onSuccess: onCloned, onError: refuse }))
  const whole = clone.error !== null && asAppError(clone.error).at === undefined
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={`Clone ${environment.name}`}
      description="The new one has the same configuration, secrets and policy, and nothing runs in it yet."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="environment-clone" kind="primary" busy={clone.isPending}>
            Clone
          </Button>
        </>
      }
    >
      <form id="environment-clone" noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <Field label="Name of the new one" required error={errors.name?.message}>
          <TextField {...form.register('name')} placeholder="pull-request-42" />
        </Field>
        <Field
          label="Removes itself"
          hint="With everything in it. Empty keeps it until somebody removes it."
          error={errors.expiresAt?.message}
        >
          <TextField {...form.register('expiresAt')} type="datetime-local" step={1} />
        </Field>
        {whole ? <ErrorPanel title="Nothing was cloned." error={clone.error} /> : null}
      </form>
    </Dialog>
  )
}
