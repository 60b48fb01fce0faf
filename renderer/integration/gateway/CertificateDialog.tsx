import { zodResolver } from '@hookform/resolvers/zod'
import { useForm } from 'react-hook-form'
import { z } from 'zod'
import type { GatewayCertificate } from '#preload/integration/gateway.ts'
import { gatewayFileName } from '#preload/integration/other-gateways.ts'
import { useVaultRetry } from '#renderer/app/vault-port.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { PemField } from '#renderer/ui/SecretField.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { useGatewayChange } from './queries.ts'

const draft = z.object({
  name: gatewayFileName,
  certificate: z.string().min(1, 'Paste the certificate.'),
  privateKey: z.string(),
})
type Draft = z.infer<typeof draft>

type CertificateDialogProps = {
  /** The one to replace; null for a new one. */
  readonly certificate: GatewayCertificate | null
  readonly onClose: () => void
}

/** Takes a certificate with its key, which goes to the vault and is never shown again; or an authority. */
export function CertificateDialog({ certificate: before, onClose }: CertificateDialogProps) {
  const form = useForm<Draft>({
    resolver: zodResolver(draft),
    defaultValues: { name: before?.name ?? '', certificate: '', privateKey: '' },
  })
  const { errors } = form.formState
  const retry = useVaultRetry()
  const save = useGatewayChange((input: Draft) =>
    retry(() => api.gateway.saveCertificate({ ...input, replaces: before?.fingerprint ?? null })),
  )
  const submit = form.handleSubmit((input) => save.mutate(input, { onSuccess: onClose }))
  const withKey = before === null || before.hasKey
  return (
    <Dialog
      open
      onClose={onClose}
      title={before === null ? 'Add a certificate' : `Replace ${before.name}`}
      description={
        before === null
          ? 'Files name it in certificateRefs. Without a private key it is an authority, for caCertificateRefs.'
          : 'It is in force at once in every file that names it. Open connections go on.'
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="gateway-certificate" kind="primary" busy={save.isPending}>
            {before === null ? 'Add the certificate' : 'Replace the certificate'}
          </Button>
        </>
      }
    >
      <form
        id="gateway-certificate"
        noValidate
        onSubmit={(event) => void submit(event)}
        className="flex flex-col gap-3"
      >
        <Field label="Name" required error={errors.name?.message}>
          <TextField {...form.register('name')} mono readOnly={before !== null} placeholder="shop-tls" />
        </Field>
        <PemField
          label="Certificate"
          required
          hint="PEM. Its own certificate first, then those that issued it."
          field={form.register('certificate')}
          error={errors.certificate?.message}
          onText={(text) => form.setValue('certificate', text, { shouldValidate: true })}
        />
        {withKey ? (
          <PemField
            label="Private key"
            required={before !== null}
            hint="PEM, without a passphrase. It is kept in the vault and never shown again."
            field={form.register('privateKey')}
            error={errors.privateKey?.message}
            onText={(text) => form.setValue('privateKey', text)}
          />
        ) : null}
        {save.error === null ? null : <ErrorPanel title="The certificate was not saved." error={save.error} />}
      </form>
    </Dialog>
  )
}
