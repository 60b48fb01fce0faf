import { useQuery } from '@tanstack/react-query'
import { asAppError } from '#preload/contract/error.ts'
import type { Connection } from '#preload/fleet/connections.ts'
import { api } from '#renderer/rpc/client.ts'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { isProduction, kindNames } from './columns.tsx'
import { connectionDependents, useConnectionChange } from './queries.ts'

export type Change = { readonly kind: 'remove' | 'disable'; readonly connection: Connection }

const words = {
  remove: {
    title: 'Remove this connection?',
    action: 'Remove connection',
    effect:
      'Its stored secrets are deleted and nothing is read from it any more. Alert history stays. This cannot be undone.',
  },
  disable: {
    title: 'Disable this connection?',
    action: 'Disable connection',
    effect: 'Nothing is read from it until it is enabled again. Its settings and secrets stay.',
  },
} as const

function Dependents({ id }: { readonly id: string }) {
  const { data, error } = useQuery(connectionDependents(id))
  if (error !== null)
    return <p className="text-warning">What depends on it could not be found: {asAppError(error).message}</p>
  if (data === undefined) return <p className="text-muted">Looking for what depends on it…</p>
  if (data.length === 0) return <p className="text-muted">Nothing depends on it now.</p>
  return (
    <ul className="list-disc pl-4">
      {data.map(({ kind, text }) => (
        <li key={kind}>
          <SafeText text={text} />
        </li>
      ))}
    </ul>
  )
}

type ConfirmChangeProps = {
  readonly change: Change | null
  readonly onClose: () => void
  readonly onRemoved: () => void
}

/** Removing or disabling names the connection and what depends on it; in production its name has to be typed. */
export function ConfirmChange({ change, onClose, onRemoved }: ConfirmChangeProps) {
  const act = useConnectionChange(
    ({ kind, connection: { id } }: Change): Promise<unknown> =>
      kind === 'remove' ? api.connections.remove({ id }) : api.connections.setEnabled({ id, enabled: false }),
  )
  const close = () => {
    act.reset()
    onClose()
  }
  if (change === null) return null
  const { kind, connection } = change
  const { title, action, effect } = words[kind]
  const confirm = () =>
    act.mutate(change, {
      onSuccess: () => {
        close()
        if (kind === 'remove') onRemoved()
      },
    })
  return (
    <ConfirmDialog
      open
      onClose={close}
      onConfirm={confirm}
      title={title}
      target={
        <>
          <SafeText text={connection.name} /> · {kindNames[connection.kind]} · {connection.environment}
          <br />
          <SafeText text={connection.url} />
        </>
      }
      effect={
        <div className="flex flex-col gap-2">
          <p>{effect}</p>
          <Dependents id={connection.id} />
        </div>
      }
      action={action}
      typedName={isProduction(connection.environment) ? connection.name : undefined}
      busy={act.isPending}
      error={act.error === null ? undefined : asAppError(act.error).message}
    />
  )
}
