import { asAppError } from '#preload/contract/error.ts'
import type { GatewayCertificate } from '#preload/integration/gateway.ts'
import { api } from '#renderer/rpc/client.ts'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { useGatewayChange } from './queries.ts'

type ConfirmCertificateRemovalProps = { readonly certificate: GatewayCertificate; readonly onClose: () => void }

export function ConfirmCertificateRemoval({ certificate, onClose }: ConfirmCertificateRemovalProps) {
  const { name, subject, usedBy, hasKey } = certificate
  const remove = useGatewayChange(() => api.gateway.removeCertificate({ name }))
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
      title="Remove this certificate?"
      target={`${name}, ${subject}`}
      effect={
        usedBy.length > 0
          ? `${usedBy.join(', ')} uses it. Change the file first.`
          : hasKey
            ? 'Its private key is deleted from the vault. This cannot be undone.'
            : 'What it vouches for is not trusted any more. This cannot be undone.'
      }
      action="Remove certificate"
      ready={usedBy.length === 0}
      busy={remove.isPending}
      error={remove.error === null ? undefined : asAppError(remove.error).message}
    />
  )
}
