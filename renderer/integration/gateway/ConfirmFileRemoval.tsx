import { asAppError } from '#preload/contract/error.ts'
import type { GatewayFile } from '#preload/integration/gateway.ts'
import { api } from '#renderer/rpc/client.ts'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { useGatewayChange } from './queries.ts'

type ConfirmFileRemovalProps = {
  readonly file: GatewayFile
  readonly onClose: () => void
  readonly onRemoved: () => void
}

export function ConfirmFileRemoval({ file: { name }, onClose, onRemoved }: ConfirmFileRemovalProps) {
  const remove = useGatewayChange(() => api.gateway.removeFile({ name }))
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onRemoved })}
      title="Remove this file?"
      target={name}
      effect="Its listeners close, and what it routes answers no more. Its text is deleted; the audit log keeps it."
      action="Remove file"
      busy={remove.isPending}
      error={remove.error === null ? undefined : asAppError(remove.error).message}
    />
  )
}
