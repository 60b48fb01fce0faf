import { useQuery } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { Approval } from '#preload/security/approvals.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { Select } from '#renderer/ui/Select.tsx'
import { TextArea } from '#renderer/ui/TextField.tsx'
import { useGovernanceChange } from './queries.ts'
import { type Decision, signDecision } from './sign-decision.ts'
import { useDeviceSigner } from './signer-port.ts'

type DecisionDialogProps = {
  readonly approval: Approval
  readonly decision: 'approve' | 'reject'
  readonly onClose: () => void
}

const myself = ''

/** Approve or reject, signed with the key of this device. */
export function DecisionDialog({ approval, decision, onClose }: DecisionDialogProps) {
  const signer = useDeviceSigner()
  const [comment, setComment] = useState('')
  const [onBehalfOf, setOnBehalfOf] = useState(myself)
  const sign = useGovernanceChange(async (given: Decision) => {
    if (signer === null) throw new TypeError('No signer was given.')
    return signDecision(signer, given)
  })
  const device = useQuery({
    queryKey: ['device-signer', approval.id],
    queryFn: () => signer?.device() ?? null,
    gcTime: 0,
  })
  const approves = decision === 'approve'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    sign.mutate(
      { approval, decision, comment, onBehalfOf: onBehalfOf === myself ? undefined : onBehalfOf },
      { onSuccess: onClose },
    )
  }
  const delegators = approval.mayDecideFor.map(({ id, name }) => ({ value: id, label: name }))
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={approves ? `Approve ${approval.operation}?` : `Reject ${approval.operation}?`}
      description="Your device signs exactly this operation with exactly this input. It cannot be taken back."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form="decision"
            kind={approves ? 'primary' : 'danger'}
            busy={sign.isPending}
            disabled={!device.data || (!approves && comment.trim() === '')}
          >
            {approves ? 'Sign and approve' : 'Sign and reject'}
          </Button>
        </>
      }
    >
      <form id="decision" onSubmit={submit} className="flex flex-col gap-3">
        {delegators.length === 0 ? null : (
          <Field label="For" required hint="One person counts once, whomever they decide for.">
            <Select
              options={[{ value: myself, label: 'Myself' }, ...delegators]}
              value={onBehalfOf}
              onChange={setOnBehalfOf}
            />
          </Field>
        )}
        <Field label="Comment" required={!approves}>
          <TextArea rows={2} value={comment} onChange={(event) => setComment(event.target.value)} autoFocus />
        </Field>
        <p className="text-secondary text-muted">
          SHA-256 of what is signed: <code className="font-mono break-all">{approval.inputHash}</code>
        </p>
        {device.data === null ? (
          <p role="alert" className="flex items-center gap-2 text-warning">
            <span className="flex-1">This device has no key enrolled that could sign for you.</span>
            <Button
              icon={KeyRound}
              onClick={() => {
                onClose()
                signer?.enrol()
              }}
            >
              Enrol this device
            </Button>
          </p>
        ) : null}
        {device.error === null ? null : (
          <ErrorPanel title="The key of this device was not found." error={device.error} />
        )}
        {sign.error === null ? null : <ErrorPanel title="Nothing was decided." error={sign.error} />}
      </form>
    </Dialog>
  )
}
