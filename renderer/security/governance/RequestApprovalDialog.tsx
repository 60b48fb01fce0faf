import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { Approval } from '#preload/security/approvals.ts'
import { api } from '#renderer/rpc/client.ts'
import type { Asked } from '#renderer/rpc/door.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Select } from '#renderer/ui/Select.tsx'
import { TextArea } from '#renderer/ui/TextField.tsx'
import { toast } from '#renderer/ui/toasts.ts'
import { closeApprovalRequest, useApprovalRequest } from './approval-request.ts'
import { useGovernanceChange } from './queries.ts'

const lifetimes = [
  { value: '4', label: '4 hours' },
  { value: '24', label: '1 day' },
  { value: '72', label: '3 days' },
  { value: '168', label: '1 week' },
]

function RequestForm({ asked }: { readonly asked: Asked }) {
  const [reason, setReason] = useState('')
  const [hours, setHours] = useState('24')
  const navigate = useNavigate()
  const request = useGovernanceChange((input: Parameters<typeof api.governance.requestApproval>[0]) =>
    api.governance.requestApproval(input),
  )
  const show = ({ id }: Approval) => void navigate({ to: '/approvals', search: { show: 'mine', open: id } as never })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    request.mutate(
      { operation: asked.operation, input: asked.input as never, reason, hours: Number(hours) },
      {
        onSuccess: (approval) => {
          closeApprovalRequest()
          toast(`Asked for approval of ${approval.operation}.`, {
            action: { label: 'Show the request', run: () => show(approval) },
          })
        },
      },
    )
  }
  return (
    <Dialog
      open
      onClose={closeApprovalRequest}
      title="This needs approval"
      description={<SafeText text={asked.error.message} />}
      footer={
        <>
          <Button onClick={closeApprovalRequest}>Cancel</Button>
          <Button
            type="submit"
            form="request-approval"
            kind="primary"
            busy={request.isPending}
            disabled={reason.trim() === ''}
          >
            Ask for approval
          </Button>
        </>
      }
    >
      <form id="request-approval" onSubmit={submit} className="flex flex-col gap-3">
        <p>
          <code className="font-mono text-code">{asked.operation}</code> will be carried out with exactly what you
          entered, once enough others have signed it. You carry it out yourself then, under <b>Approvals</b>.
        </p>
        <Field label="Why" required hint="Approvers read this first.">
          <TextArea rows={3} value={reason} onChange={(event) => setReason(event.target.value)} autoFocus />
        </Field>
        <Field label="The request lapses after" required>
          <Select options={lifetimes} value={hours} onChange={setHours} />
        </Field>
        {request.error === null ? null : <ErrorPanel title="Approval was not asked for." error={request.error} />}
      </form>
    </Dialog>
  )
}

/** Opens when the door wants approvals for a call that somebody just made. */
export function RequestApprovalDialog() {
  const asked = useApprovalRequest((store) => store.asked)
  return asked === null ? null : <RequestForm key={asked.operation} asked={asked} />
}
