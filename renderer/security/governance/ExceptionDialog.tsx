import { type FormEvent, useState } from 'react'
import type { ExceptionInput } from '#preload/security/exceptions.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { SegmentedControl } from '#renderer/ui/SegmentedControl.tsx'
import { TextArea, TextField } from '#renderer/ui/TextField.tsx'
import { localInputOf, toInstant } from './local-time.ts'
import { useGovernanceChange } from './queries.ts'

const dayMs = 24 * 3600_000
const kinds = [
  { value: 'policy', label: 'Policy' },
  { value: 'finding', label: 'Finding' },
] as const

const start = () => ({
  kind: 'policy' as ExceptionInput['kind'],
  subject: '',
  identity: '',
  operation: '',
  environment: '',
  owner: '',
  ticket: '',
  reason: '',
  ends: localInputOf(Date.now() + 7 * dayMs),
})
type Draft = ReturnType<typeof start>

const filled = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim())

const inputOf = (draft: Draft): ExceptionInput => ({
  kind: draft.kind,
  subject: draft.subject.trim(),
  owner: draft.owner,
  reason: draft.reason,
  ticket: draft.ticket,
  scope: {
    identity: filled(draft.identity),
    operation: filled(draft.operation),
    environment: filled(draft.environment),
  },
  expiresAt: toInstant(draft.ends),
})

const required = ['subject', 'owner', 'ticket', 'reason', 'ends'] as const

/** Lets something pass for a while, with who answers for it. */
export function ExceptionDialog({ onClose }: { readonly onClose: () => void }) {
  const [draft, setDraft] = useState(start)
  const add = useGovernanceChange((input: ExceptionInput) => api.governance.addException(input))
  const text = (name: Exclude<keyof Draft, 'kind'>) => ({
    value: draft[name],
    onChange: (event: { readonly target: { readonly value: string } }) =>
      setDraft({ ...draft, [name]: event.target.value }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate(inputOf(draft), { onSuccess: onClose })
  }
  const complete = required.every((name) => draft[name].trim() !== '')
  return (
    <Dialog
      open
      onClose={onClose}
      title="Add an exception"
      description="It stops working by itself at its end, everywhere and at once."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="exception" kind="primary" busy={add.isPending} disabled={!complete}>
            Add the exception
          </Button>
        </>
      }
    >
      <form id="exception" onSubmit={submit} className="grid grid-cols-2 gap-3">
        <div className="col-span-2 flex items-end gap-3">
          <SegmentedControl
            label="Kind"
            segments={kinds}
            value={draft.kind}
            onChange={(kind) => setDraft({ ...draft, kind })}
          />
          <div className="flex-1">
            <Field
              label={draft.kind === 'policy' ? 'Policy' : 'Finding'}
              required
              hint={draft.kind === 'policy' ? 'Its @id, as a refusal names it.' : 'Its id.'}
            >
              <TextField mono autoFocus {...text('subject')} />
            </Field>
          </div>
        </div>
        <Field label="Only in environment">
          <TextField {...text('environment')} placeholder="any" />
        </Field>
        <Field label="Only for operation">
          <TextField mono {...text('operation')} placeholder="any" />
        </Field>
        <Field label="Only for identity">
          <TextField {...text('identity')} placeholder="anybody" />
        </Field>
        <Field label="Ends" required>
          <TextField type="datetime-local" {...text('ends')} />
        </Field>
        <Field label="Owner" required hint="Who answers for it.">
          <TextField {...text('owner')} />
        </Field>
        <Field label="Ticket" required>
          <TextField {...text('ticket')} />
        </Field>
        <div className="col-span-2">
          <Field label="Why" required>
            <TextArea rows={2} {...text('reason')} />
          </Field>
        </div>
        {add.error === null ? null : (
          <div className="col-span-2">
            <ErrorPanel title="No exception was added." error={add.error} />
          </div>
        )}
      </form>
    </Dialog>
  )
}
