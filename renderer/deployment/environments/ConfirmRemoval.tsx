import { asAppError } from '#preload/contract/error.ts'
import type { Environment } from '#preload/deployment/environments.ts'
import { api } from '#renderer/rpc/client.ts'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { plural } from '#renderer/ui/format.ts'
import { deployed } from './columns.tsx'
import { useEnvironmentChange } from './queries.ts'
import { isProduction } from './usual.ts'

type ConfirmRemovalProps = {
  readonly environment: Environment
  readonly onClose: () => void
  readonly onRemoved: () => void
}

/** Removing names what goes with it. The name is typed in production, and wherever something runs. */
export function ConfirmRemoval({ environment, onClose, onRemoved }: ConfirmRemovalProps) {
  const { name, secrets, health } = environment
  const remove = useEnvironmentChange(() => api.environments.remove({ name }))
  const typed = isProduction(name) || health.services.length > 0
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onRemoved })}
      title="Remove this environment?"
      target={
        <>
          {name}
          <br />
          runs {deployed(environment)} · {plural(secrets.length, 'secret')}
        </>
      }
      effect="Everything that runs in it is stopped, and its settings and secrets are deleted. This cannot be undone."
      action="Remove environment"
      typedName={typed ? name : undefined}
      busy={remove.isPending}
      error={remove.error === null ? undefined : asAppError(remove.error).message}
    />
  )
}
