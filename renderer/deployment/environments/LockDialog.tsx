import { type FormEvent, useState } from 'react'
import type { Environment } from '#preload/deployment/environments.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { useEnvironmentChange } from './queries.ts'

type LockDialogProps = { readonly environment: Environment; readonly onClose: () => void }

/** Stops rollouts to an environment, with the reason that everybody is told. */
export function LockDialog({ environment: { name }, onClose }: LockDialogProps) {
  const [reason, setReason] = useState('')
  const lock = useEnvironmentChange(() => api.environments.lock({ name, reason }))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (reason.trim() !== '') lock.mutate(undefined, { onSuccess: onClose })
  }
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={`Lock ${name}?`}
      description="Nothing is rolled out to it, and it is not removed, until somebody unlocks it. What runs goes on."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form="environment-lock"
            kind="primary"
            busy={lock.isPending}
            disabled={reason.trim() === ''}
          >
            Lock {name}
          </Button>
        </>
      }
    >
      <form id="environment-lock" onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Why" required>
          <TextField value={reason} maxLength={300} onChange={(event) => setReason(event.target.value)} />
        </Field>
        {lock.error === null ? null : <ErrorPanel title="It was not locked." error={lock.error} />}
      </form>
    </Dialog>
  )
}
