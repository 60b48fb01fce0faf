import { zodResolver } from '@hookform/resolvers/zod'
import { useForm } from 'react-hook-form'
import { z } from 'zod'
import { asAppError } from '#preload/contract/error.ts'
import type { Environment } from '#preload/deployment/environments.ts'
import { useVaultRetry } from '#renderer/app/vault-port.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { PemField, SecretField } from '#renderer/ui/SecretField.tsx'
import { useEnvironmentChange } from './queries.ts'

const draft = z.object({ privateKey: z.string().trim().min(1, 'Enter the private key.'), passphrase: z.string() })
type Draft = z.infer<typeof draft>

type SshKeyDialogProps = { readonly environment: Environment; readonly onClose: () => void }

/** Writes the private key for the hosts to the vault; it is never shown again. */
export function SshKeyDialog({ environment, onClose }: SshKeyDialogProps) {
  const { name, sshKey } = environment
  const form = useForm<Draft>({ resolver: zodResolver(draft), defaultValues: { privateKey: '', passphrase: '' } })
  const { errors } = form.formState
  const retry = useVaultRetry()
  const set = useEnvironmentChange((input: Draft) =>
    // An OpenSSH key ends with a line break, which the field took away.
    retry(() => api.environments.setSshKey({ name, ...input, privateKey: `${input.privateKey}\n` })),
  )
  const at = set.error === null ? undefined : asAppError(set.error).at
  const showAtField = (thrown: unknown) => {
    const { at: field, message, hint } = asAppError(thrown)
    if (field === 'privateKey' || field === 'passphrase')
      form.setError(field, { message: [message, hint].filter(Boolean).join(' ') }, { shouldFocus: true })
  }
  const submit = form.handleSubmit((input) => set.mutate(input, { onSuccess: onClose, onError: showAtField }))
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={
        sshKey ? `Replace the private key for the hosts of ${name}` : `Set the private key for the hosts of ${name}`
      }
      description="It opens the hosts for this application. It is kept in the vault."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="environment-ssh-key" kind="primary" busy={set.isPending}>
            Keep the key
          </Button>
        </>
      }
    >
      <form
        id="environment-ssh-key"
        noValidate
        onSubmit={(event) => void submit(event)}
        className="flex flex-col gap-3"
      >
        <PemField
          label="Private key"
          required
          field={form.register('privateKey')}
          error={errors.privateKey?.message}
          kept={sshKey}
          hint="The text of an OpenSSH or PEM file."
          onText={(text) => form.setValue('privateKey', text, { shouldDirty: true, shouldValidate: true })}
        />
        <SecretField
          label="Passphrase"
          required={false}
          field={form.register('passphrase')}
          error={errors.passphrase?.message}
          hint="Only if the key is encrypted."
        />
        {set.error === null || at === 'privateKey' || at === 'passphrase' ? null : (
          <ErrorPanel title="The key was not set." error={set.error} />
        )}
      </form>
    </Dialog>
  )
}
