import { BadgeCheck, Check, Play, ShieldAlert, Undo2, X } from 'lucide-react'
import type { Approval, ApprovalDecision } from '#preload/security/approvals.ts'
import { Tag } from '#renderer/ui/Badge.tsx'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { KeyValueList } from '#renderer/ui/KeyValueList.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { RelativeTime, Timestamp } from '#renderer/ui/Time.tsx'
import { ApprovalMark } from './ApprovalMark.tsx'
import { validApprovals, who } from './approval-columns.tsx'
import type { Forbidden } from './queries.ts'

/** What can be done to a request; the screen registers the same as commands. */
export type ApprovalActions = {
  readonly decide: (approval: Approval, decision: 'approve' | 'reject') => void
  readonly withdraw: (approval: Approval) => void
  readonly perform: (approval: Approval) => void
  readonly close: () => void
}

function Signature({ decision }: { readonly decision: ApprovalDecision }) {
  const { signature, deviceName } = decision
  if (signature.kind === 'valid')
    return (
      <span className="inline-flex items-center gap-1 text-ok">
        <BadgeCheck aria-hidden size={13} className="shrink-0" />
        signature verified, key of <SafeText text={deviceName} oneLine />
      </span>
    )
  return (
    <span className="inline-flex items-start gap-1 text-critical">
      <ShieldAlert aria-hidden size={13} className="mt-0.5 shrink-0" />
      <span>
        does not count: <SafeText text={signature.reason} />
      </span>
    </span>
  )
}

function DecisionLine({ decision }: { readonly decision: ApprovalDecision }) {
  const { approver, approverName, onBehalfOf, at, comment } = decision
  const approves = decision.decision === 'approve'
  return (
    <li className="flex flex-col gap-0.5 border-b border-line py-1.5 last:border-b-0">
      <span className="flex items-center gap-2">
        <span className={approves ? 'text-ok' : 'text-high'}>{approves ? 'approved' : 'rejected'}</span>
        <SafeText text={who(approverName, approver)} className="font-medium" oneLine />
        {onBehalfOf === null ? null : <span className="text-muted">for somebody absent</span>}
        <span className="flex-1" />
        <RelativeTime at={at} />
      </span>
      {comment === '' ? null : <SafeText text={comment} />}
      <span className="text-secondary">
        <Signature decision={decision} />
      </span>
    </li>
  )
}

type ApprovalDetailProps = {
  readonly approval: Approval
  readonly own: boolean
  readonly actions: ApprovalActions
  readonly forbidden: Forbidden
  readonly busy: boolean
  /** Why the last act failed; null when it did not. */
  readonly error: unknown
}

function Buttons({ approval, own, actions, forbidden, busy }: Omit<ApprovalDetailProps, 'error'>) {
  const cannot = approval.cannotDecide ?? forbidden('governance.decide')
  if (own)
    return (
      <>
        {approval.state === 'approved' ? (
          <Button
            icon={Play}
            kind="primary"
            busy={busy}
            shortcut="p"
            forbidden={forbidden('governance.perform')}
            onClick={() => actions.perform(approval)}
          >
            Carry it out
          </Button>
        ) : null}
        {approval.state === 'waiting' || approval.state === 'approved' ? (
          <Button
            icon={Undo2}
            forbidden={forbidden('governance.withdrawApproval')}
            onClick={() => actions.withdraw(approval)}
          >
            Withdraw
          </Button>
        ) : null}
      </>
    )
  if (approval.state !== 'waiting') return null
  return (
    <>
      <Button
        icon={Check}
        kind="primary"
        shortcut="a"
        forbidden={cannot}
        onClick={() => actions.decide(approval, 'approve')}
      >
        Approve
      </Button>
      <Button icon={X} kind="danger" shortcut="r" forbidden={cannot} onClick={() => actions.decide(approval, 'reject')}>
        Reject
      </Button>
    </>
  )
}

export function ApprovalDetail(props: ApprovalDetailProps) {
  const { approval, actions, error } = props
  const { operation, summary, environments, input, inputHash, requester, requesterName, decisions, needed } = approval
  return (
    <div>
      <header className="flex flex-col gap-2 border-b border-line px-3 py-2">
        <div className="flex items-center gap-2">
          <h2 className="min-w-0 flex-1 truncate font-mono text-title font-semibold">{operation}</h2>
          {environments.map((environment) => (
            <Tag key={environment} tone={/^prod/.test(environment) ? 'high' : 'neutral'}>
              {environment}
            </Tag>
          ))}
          <IconButton icon={X} label="Close" shortcut="Esc" onClick={actions.close} />
        </div>
        <p className="text-muted">{summary}</p>
        <div className="flex flex-wrap items-center gap-2">
          <ApprovalMark state={approval.state} />
          <span className="flex-1" />
          <Buttons {...props} />
        </div>
      </header>
      {error === null || error === undefined ? null : (
        <div className="p-3 pb-0">
          <ErrorPanel title="Nothing was done." error={error} />
        </div>
      )}
      {approval.problem === null ? null : (
        <p role="alert" className="flex items-start gap-2 border-b border-line px-3 py-2 text-high">
          <ShieldAlert aria-hidden size={14} className="mt-0.5 shrink-0" />
          <SafeText text={approval.problem} />
        </p>
      )}
      <Section title="Who asks, and why">
        <KeyValueList
          items={[
            { name: 'Asked by', value: <SafeText text={who(requesterName, requester)} /> },
            { name: 'Why', value: <SafeText text={approval.reason} /> },
            { name: 'Asked', value: <Timestamp at={approval.requestedAt} /> },
            { name: 'Lapses', value: <Timestamp at={approval.expiresAt} /> },
            { name: 'Input hash', value: inputHash, mono: true },
          ]}
        />
      </Section>
      <Section title="Exactly this will be carried out">
        <pre className="max-h-80 overflow-auto rounded border border-line bg-surface-0 p-2">
          <SafeText text={JSON.stringify(input, null, 2)} mono />
        </pre>
      </Section>
      <Section title={`Decisions: ${validApprovals(approval)} of ${needed} needed`}>
        {decisions.length === 0 ? (
          <p className="text-muted">Nobody has decided yet.</p>
        ) : (
          <ul>
            {decisions.map((decision) => (
              <DecisionLine key={`${decision.approver} ${decision.at}`} decision={decision} />
            ))}
          </ul>
        )}
      </Section>
    </div>
  )
}
