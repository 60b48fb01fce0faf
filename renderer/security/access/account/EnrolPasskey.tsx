import { Fingerprint } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Button } from '#renderer/ui/Button.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { enrolPasskey, passkeyObstacle } from '../proof/passkeys.ts'
import { useAccessChange } from '../queries.ts'
import { sentenceOf } from '../sentence.ts'
import { showRecoveryCodes } from './fresh-codes.ts'

/** Enrols a passkey or a security key under a name of one's own. */
export function EnrolPasskey({ onEnrolled }: { readonly onEnrolled?: (() => void) | undefined }) {
  const [name, setName] = useState('')
  const enrol = useAccessChange(enrolPasskey)
  const obstacle = passkeyObstacle()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() === '' || obstacle !== null) return
    void enrol.mutateAsync(name.trim()).then(
      (codes) => {
        showRecoveryCodes(codes)
        onEnrolled?.()
      },
      () => {},
    )
  }
  if (obstacle !== null) return <p className="text-muted">{obstacle}</p>
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <Field
        label="Name of the key"
        required
        hint="So that you know which one to remove when it is lost."
        error={sentenceOf(enrol.error)}
      >
        <TextField
          size={32}
          maxLength={80}
          placeholder="Laptop, blue key on the key ring …"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <Button type="submit" size={32} icon={Fingerprint} busy={enrol.isPending} disabled={name.trim() === ''}>
        {enrol.isPending ? 'Waiting for the key…' : 'Add the passkey'}
      </Button>
    </form>
  )
}
