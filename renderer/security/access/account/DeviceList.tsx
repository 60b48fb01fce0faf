import { useState } from 'react'
import type { Device } from '#preload/security/factors.ts'
import { api } from '#renderer/rpc/client.ts'
import { Tag } from '#renderer/ui/Badge.tsx'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'
import { useAccessChange } from '../queries.ts'
import { sentenceOf } from '../sentence.ts'

function Line({ device, here }: { readonly device: Device; readonly here: boolean }) {
  const { name, publicKey, enrolledAt, revokedAt, auditSequence } = device
  return (
    <div className="min-w-0 flex-1">
      <p className="flex items-center gap-2">
        <span className="truncate font-medium">{name}</span>
        {here ? <Tag tone="accent">this device</Tag> : null}
        {revokedAt === null ? null : <Tag tone="warning">revoked</Tag>}
      </p>
      <p className="truncate text-secondary text-muted">
        {revokedAt === null ? (
          <>
            enrolled <Timestamp at={enrolledAt} />
          </>
        ) : (
          <>
            revoked <Timestamp at={revokedAt} />
          </>
        )}
        {auditSequence === null ? null : ` · audit entry ${auditSequence}`} ·{' '}
        <span className="font-mono text-label" title={publicKey}>
          {publicKey.slice(0, 12)}…
        </span>
      </p>
    </div>
  )
}

type RevokeProps = {
  readonly device: Device | null
  readonly onClose: () => void
  readonly onRevoked: (device: Device) => void
}

function Revoke({ device, onClose, onRevoked }: RevokeProps) {
  const [reason, setReason] = useState('')
  const [lostAt, setLostAt] = useState('')
  const revoke = useAccessChange(api.access.revokeDevice)
  const close = () => {
    setReason('')
    setLostAt('')
    revoke.reset()
    onClose()
  }
  const submit = () => {
    if (device === null || reason.trim() === '') return
    const lost = lostAt === '' ? {} : { lostAt: new Date(lostAt).toISOString() }
    revoke.mutate(
      { id: device.id, reason, ...lost },
      {
        onSuccess: () => {
          onRevoked(device)
          close()
        },
      },
    )
  }
  return (
    <Dialog
      open={device !== null}
      onClose={close}
      size="small"
      title={`Revoke ${device?.name ?? 'the device'}?`}
      description="Its signatures count no longer. Approvals that only it signed have to be given again."
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button kind="danger" busy={revoke.isPending} disabled={reason.trim() === ''} onClick={submit}>
            Revoke
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
        className="flex flex-col gap-3"
      >
        <Field label="Reason" required error={sentenceOf(revoke.error)}>
          <TextField
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            placeholder="Lost on the train"
          />
        </Field>
        <Field label="Lost since" hint="What it signed after that does not count either.">
          <TextField type="datetime-local" value={lostAt} onChange={(event) => setLostAt(event.target.value)} />
        </Field>
      </form>
    </Dialog>
  )
}

type DeviceListProps = {
  readonly devices: readonly Device[]
  /** Public key of the device that looks; null when it has none. */
  readonly here: string | null
  readonly forbidden: string | undefined
  readonly onRevoked?: ((device: Device) => void) | undefined
}

/** The devices whose signatures count for somebody, and those that count no longer. */
export function DeviceList({ devices, here, forbidden, onRevoked = () => {} }: DeviceListProps) {
  const [chosen, setChosen] = useState<Device | null>(null)
  if (devices.length === 0) return <p className="text-muted">No device signs for this person.</p>
  return (
    <>
      <ul className="flex flex-col">
        {devices.map((device) => (
          <li key={device.id} className="flex items-center gap-2 border-b border-line py-1 last:border-b-0">
            <Line device={device} here={device.publicKey === here} />
            {device.revokedAt === null ? (
              <Button
                size={24}
                forbidden={forbidden}
                aria-label={`Revoke ${device.name}`}
                onClick={() => setChosen(device)}
              >
                Revoke
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      <Revoke device={chosen} onClose={() => setChosen(null)} onRevoked={onRevoked} />
    </>
  )
}
