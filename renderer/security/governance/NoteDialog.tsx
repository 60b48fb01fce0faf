import { type FormEvent, useState } from 'react'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { TextArea } from '#renderer/ui/TextField.tsx'

type NoteDialogProps = {
  readonly title: string
  readonly effect: string
  readonly action: string
  readonly busy: boolean
  readonly error: unknown
  readonly onSubmit: (note: string) => void
  readonly onClose: () => void
}

/** Asks what a change of policies is for, before it takes effect. */
export function NoteDialog({ title, effect, action, busy, error, onSubmit, onClose }: NoteDialogProps) {
  const [note, setNote] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit(note)
  }
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={title}
      description={effect}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="policy-note" kind="primary" busy={busy} disabled={note.trim() === ''}>
            {action}
          </Button>
        </>
      }
    >
      <form id="policy-note" onSubmit={submit} className="flex flex-col gap-3">
        <Field label="What this changes, and why" required>
          <TextArea rows={3} value={note} onChange={(event) => setNote(event.target.value)} autoFocus />
        </Field>
        {error === null || error === undefined ? null : (
          <ErrorPanel title="The policies in force did not change." error={error} />
        )}
      </form>
    </Dialog>
  )
}
