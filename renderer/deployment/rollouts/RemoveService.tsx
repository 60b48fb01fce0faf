import { useQuery } from '@tanstack/react-query'
import { asAppError } from '#preload/contract/error.ts'
import type { Service } from '#preload/deployment/rollouts.ts'
import { api } from '#renderer/rpc/client.ts'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { plural } from '#renderer/ui/format.ts'
import { releaseList, useRolloutChange } from './queries.ts'

type RemoveServiceProps = {
  readonly service: Service
  readonly onClose: () => void
  readonly onRemoved: () => void
}

/** Why a service cannot be removed yet; undefined when it can. */
export const servedReason = ({ name, placements: [placed] }: Service): string | undefined =>
  placed === undefined ? undefined : `${name} is served in ${placed.environment}. Stop it there first.`

/** Removing takes every version with it, also those that production ran, so the name is typed. */
export function RemoveService({ service, onClose, onRemoved }: RemoveServiceProps) {
  const { name } = service
  const releases = useQuery(releaseList(name))
  const remove = useRolloutChange(async () => {
    await api.rollouts.removeService({ name })
    onRemoved()
  })
  const versions = releases.data === undefined ? 'Its versions' : `Its ${plural(releases.data.length, 'version')}`
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => remove.mutate(undefined)}
      title="Remove this service?"
      target={name}
      effect={`${versions} and what Git says of it are forgotten, and files that no other service has are deleted. This cannot be undone.`}
      action="Remove service"
      typedName={name}
      busy={remove.isPending}
      error={remove.error === null ? undefined : asAppError(remove.error).message}
    />
  )
}
