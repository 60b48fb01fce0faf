import { asAppError } from '#preload/contract/error.ts'
import type { GatewayKongs } from '#preload/integration/other-gateways.ts'
import { api } from '#renderer/rpc/client.ts'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { useGatewayChange } from './queries.ts'

type ConfirmKongRemovalProps = { readonly kong: GatewayKongs['kongs'][number]; readonly onClose: () => void }

export function ConfirmKongRemoval({ kong: { name, url }, onClose }: ConfirmKongRemovalProps) {
  const remove = useGatewayChange(() => api.gateway.removeKong({ name }))
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
      title="Remove this Kong?"
      target={`${name}, ${url}`}
      effect="It keeps the configuration that it has, and goes on serving it. Nothing is sent to it any more, and its token is deleted from the vault."
      action="Remove Kong"
      busy={remove.isPending}
      error={remove.error === null ? undefined : asAppError(remove.error).message}
    />
  )
}
