import { useState } from 'react'
import { asAppError } from '#preload/contract/error.ts'
import type { Environment } from '#preload/deployment/environments.ts'
import { api } from '#renderer/rpc/client.ts'
import { Checkbox } from '#renderer/ui/Checkbox.tsx'
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
  const [leaveHosts, setLeaveHosts] = useState(false)
  const remove = useEnvironmentChange(() => api.environments.remove({ name, leaveHosts }))
  const failure = remove.error === null ? null : asAppError(remove.error)
  const away = health.services.length === 0 ? [] : health.hosts.filter(({ reachable }) => !reachable)
  const places = away.length === 0 ? 'its hosts' : away.map(({ host }) => host).join(', ')
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
      error={failure === null ? undefined : [failure.message, failure.hint].filter(Boolean).join(' ')}
    >
      {away.length > 0 || failure?.code === 'unreachable' ? (
        <Checkbox
          label={`Remove it here all the same; what runs on ${places} stays, and nobody looks after it`}
          checked={leaveHosts}
          onChange={setLeaveHosts}
        />
      ) : null}
    </ConfirmDialog>
  )
}
