import { asAppError } from '#preload/contract/error.ts'
import type { KongInput, KongPlan } from '#preload/integration/other-gateways.ts'
import { useVaultRetry } from '#renderer/app/vault-port.ts'
import { api } from '#renderer/rpc/client.ts'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { plural } from '#renderer/ui/format.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { useGatewayChange } from './queries.ts'

type ConfirmConnectionProps = {
  readonly input: KongInput
  readonly plan: KongPlan
  readonly known: boolean
  readonly onBack: () => void
  readonly onConnected: () => void
}

const has = ({ services, routes, consumers, plugins }: NonNullable<KongPlan['present']>): string =>
  `${plural(services, 'service')}, ${plural(routes, 'route')}, ${plural(consumers, 'consumer')} and ${plural(plugins, 'plugin')}`

function gets({ services, routes, files }: KongPlan['given']): string {
  if (files.length === 0) return 'No file has Gateways of the class “kong” yet, so it serves nothing until one has.'
  return `It gets ${plural(services, 'service')} and ${plural(routes, 'route')}, of ${files.join(', ')}.`
}

/** What connecting does, before it does: what of others it replaces is named, and asks for the name to be typed. */
export function ConfirmConnection({ input, plan, known, onBack, onConnected }: ConfirmConnectionProps) {
  const { version, present, given } = plan
  const retry = useVaultRetry()
  const connect = useGatewayChange(() =>
    retry(() => api.gateway.connectKong({ ...input, known, replaces: present?.hash ?? null })),
  )
  const failure = connect.error === null ? null : asAppError(connect.error)
  return (
    <ConfirmDialog
      open
      onClose={onBack}
      onConfirm={() => connect.mutate(undefined, { onSuccess: onConnected })}
      title={present === null ? `Connect ${input.name}?` : `Replace the configuration of ${input.name}?`}
      target={<SafeText text={`Kong ${version} at ${input.url}`} />}
      effect={
        <>
          <p>
            {present === null
              ? 'It has no configuration of somebody else.'
              : `It has a configuration that is not from here: ${has(present)}. All of it is replaced, and cannot be brought back from here.`}
          </p>
          <p className="pt-2">{gets(given)}</p>
        </>
      }
      action={present === null ? 'Connect' : 'Replace and connect'}
      destructive={present !== null}
      typedName={present === null ? undefined : input.name}
      busy={connect.isPending}
      error={failure === null ? undefined : `${failure.message} ${failure.hint ?? ''}`}
    />
  )
}
