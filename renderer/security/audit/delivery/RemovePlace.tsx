import { asAppError } from '#preload/contract/error.ts'
import { api } from '#renderer/rpc/client.ts'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { useAuditChange } from '../queries.ts'
import { addressOf, kindWords, type Place } from './place.ts'

const effects = {
  forwarder:
    'Nothing more is sent there, and its secrets are deleted. What arrived stays there. Added again, it begins anew.',
  anchor: 'No more checkpoints are kept there. Those that are there stay, and go on proving what they prove.',
} as const

type RemovePlaceProps = {
  readonly place: Place | null
  readonly onClose: () => void
  readonly onRemoved: () => void
}

export function RemovePlace({ place, onClose, onRemoved }: RemovePlaceProps) {
  const remove = useAuditChange(({ role, item: { id } }: Place) =>
    role === 'forwarder' ? api.audit.removeForwarder({ id }) : api.audit.removeAnchor({ id }),
  )
  if (place === null) return null
  const close = () => {
    remove.reset()
    onClose()
  }
  const confirm = () =>
    remove.mutate(place, {
      onSuccess: () => {
        close()
        onRemoved()
      },
    })
  return (
    <ConfirmDialog
      open
      onClose={close}
      onConfirm={confirm}
      title={place.role === 'forwarder' ? 'Stop forwarding there?' : 'Stop anchoring there?'}
      target={
        <>
          <SafeText text={place.item.settings.name} /> · {kindWords[place.item.settings.kind].name}
          <br />
          <SafeText text={addressOf(place)} />
        </>
      }
      effect={effects[place.role]}
      action={place.role === 'forwarder' ? 'Remove forwarder' : 'Remove anchor'}
      busy={remove.isPending}
      error={remove.error === null ? undefined : asAppError(remove.error).message}
    />
  )
}
