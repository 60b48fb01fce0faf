import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { asAppError } from '#preload/contract/error.ts'
import { api } from '#renderer/rpc/client.ts'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { TextArea } from '#renderer/ui/TextField.tsx'
import { toast } from '#renderer/ui/toasts.ts'
import { countWords } from '../filter-words.ts'
import { auditCount, useAuditChange } from '../queries.ts'

/** Somebody in the log who has not been erased. */
export type Erasable = { readonly subject: string; readonly name: string }

function Effect({ subject }: { readonly subject: string }) {
  const { data } = useQuery(auditCount({ actor: subject }))
  return (
    <div className="flex flex-col gap-2">
      <p>
        <strong className="font-medium">Destroyed, for good:</strong> the key of their envelopes, and with it their
        name, addresses and sessions in {data === undefined ? 'all their entries' : countWords(data)}. Nobody can bring
        them back, also not from a backup of the log alone.
      </p>
      <p>
        <strong className="font-medium">Stays:</strong> what was done, when and to what, under the pseudonym; every
        hash, checkpoint and proof, which go on verifying; and packages that were exported before.
      </p>
    </div>
  )
}

/** Forgetting somebody names what is destroyed and what stays, asks why, and has the name typed. */
export function ErasePerson({ person, onClose }: { readonly person: Erasable | null; readonly onClose: () => void }) {
  const [reason, setReason] = useState('')
  const erase = useAuditChange((subject: string) => api.audit.erase({ subject, reason: reason.trim() }))
  if (person === null) return null
  const { subject, name } = person
  const close = () => {
    erase.reset()
    setReason('')
    onClose()
  }
  const confirm = () =>
    erase.mutate(subject, {
      onSuccess: () => {
        toast('The person is erased. Every proof still verifies.')
        close()
      },
    })
  return (
    <ConfirmDialog
      open
      onClose={close}
      onConfirm={confirm}
      title="Erase this person from the audit log?"
      target={
        <>
          <SafeText text={name} />
          <br />
          <span className="text-muted">pseudonym </span>
          <SafeText text={subject} />
        </>
      }
      effect={<Effect subject={subject} />}
      action="Erase this person"
      typedName={name}
      ready={reason.trim() !== ''}
      busy={erase.isPending}
      error={erase.error === null ? undefined : asAppError(erase.error).message}
    >
      <Field label="Reason" required hint="It is written to the log. Do not repeat personal data in it.">
        <TextArea rows={2} value={reason} onChange={(event) => setReason(event.target.value)} />
      </Field>
    </ConfirmDialog>
  )
}
