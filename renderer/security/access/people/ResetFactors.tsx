import { useState } from 'react'
import type { Identity } from '#preload/security/access.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { TextArea } from '#renderer/ui/TextField.tsx'
import { useAccessChange } from '../queries.ts'
import { sentenceOf } from '../sentence.ts'

type ResetFactorsProps = { readonly person: Identity | null; readonly onClose: () => void }

function Form({ person, onClose }: { readonly person: Identity; readonly onClose: () => void }) {
  const [reason, setReason] = useState('')
  const reset = useAccessChange(api.access.resetFactors)
  const submit = () => {
    if (reason.trim() !== '') reset.mutate({ id: person.id, reason }, { onSuccess: onClose })
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
      className="flex flex-col gap-3"
    >
      <p>
        Make sure by another way that it really is {person.name} who asks: call back, or meet. Whoever signs in next as
        them enrols new factors.
      </p>
      <Field label="Reason" required error={sentenceOf(reset.error)}>
        <TextArea
          rows={2}
          placeholder="Phone was stolen; called back on the number we know"
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </Field>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="danger" busy={reset.isPending} disabled={reason.trim() === ''}>
          Remove all factors
        </Button>
      </div>
    </form>
  )
}

/** The way back for somebody who lost their second factors. */
export function ResetFactors({ person, onClose }: ResetFactorsProps) {
  return (
    <Dialog
      open={person !== null}
      onClose={onClose}
      size="small"
      title={`Remove all second factors of ${person?.name ?? ''}?`}
    >
      {person === null ? null : <Form person={person} onClose={onClose} />}
    </Dialog>
  )
}
