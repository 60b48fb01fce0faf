import { zodResolver } from '@hookform/resolvers/zod'
import { useForm } from 'react-hook-form'
import { z } from 'zod'
import { type Environment, environments } from '#preload/deployment/environments.ts'
import { useVaultRetry } from '#renderer/app/vault-port.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { SecretField } from '#renderer/ui/SecretField.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { useEnvironmentChange } from './queries.ts'

const draft = z.object({
  secret: environments.operations.setSecret.input.shape.secret,
  value: z.string().min(1, 'Enter the secret.'),
})
type Draft = z.infer<typeof draft>

type SecretDialogProps = {
  readonly environment: Environment
  /** The secret to replace; empty for a new one. */
  readonly secret: string
  readonly onClose: () => void
}

/** Writes a secret to the vault; it is never shown again. */
export function SecretDialog({ environment, secret, onClose }: SecretDialogProps) {
  const { name } = environment
  const form = useForm<Draft>({ resolver: zodResolver(draft), defaultValues: { secret, value: '' } })
  const { errors } = form.formState
  const retry = useVaultRetry()
  const set = useEnvironmentChange((input: Draft) => retry(() => api.environments.setSecret({ name, ...input })))
  const submit = form.handleSubmit((input) => set.mutate(input, { onSuccess: onClose }))
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={secret === '' ? `Set a secret of ${name}` : `Replace ${secret} of ${name}`}
      description="Services get it as an environment variable when they start."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="environment-secret" kind="primary" busy={set.isPending}>
            Set the secret
          </Button>
        </>
      }
    >
      <form id="environment-secret" noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <Field label="Name" required error={errors.secret?.message}>
          <TextField {...form.register('secret')} mono readOnly={secret !== ''} placeholder="DATABASE_PASSWORD" />
        </Field>
        <SecretField label="Secret" field={form.register('value')} error={errors.value?.message} kept={secret !== ''} />
        {set.error === null ? null : <ErrorPanel title="The secret was not set." error={set.error} />}
      </form>
    </Dialog>
  )
}
