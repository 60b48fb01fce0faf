import { Link2, X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { AppError } from '#preload/contract/error.ts'
import type { AuditEntry } from '#preload/security/audit.ts'
import { LabelChip, Tag } from '#renderer/ui/Badge.tsx'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { CopyButton } from '#renderer/ui/CopyButton.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { type KeyValue, KeyValueList } from '#renderer/ui/KeyValueList.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { RelativeTime, Timestamp } from '#renderer/ui/Time.tsx'
import { ActorName } from './ActorName.tsx'
import { useOpenApproval } from './approval-port.ts'
import type { AuditSearch } from './audit-search.ts'
import { linkToEntry } from './audit-search.ts'
import { OutcomeMark } from './columns.tsx'
import { JsonDiff } from './JsonDiff.tsx'
import { ProofPanel } from './ProofPanel.tsx'
import { SessionReplay } from './SessionReplay.tsx'

const chipsShown = 30

type DetailProps = {
  readonly entry: AuditEntry
  readonly onNarrow: (change: AuditSearch) => void
}

const none = <span className="text-muted">none</span>

type ChipsProps = {
  readonly name: string
  readonly values: readonly string[]
  readonly onPick: (value: string) => void
}

function Chips({ name, values, onPick }: ChipsProps) {
  if (values.length === 0) return none
  return (
    <span className="flex flex-wrap gap-1">
      {values.slice(0, chipsShown).map((value) => (
        <LabelChip key={value} name={name} value={value} onPick={() => onPick(value)} />
      ))}
      {values.length > chipsShown ? <span className="text-muted">and {values.length - chipsShown} more</span> : null}
    </span>
  )
}

function Pick({ onPick, children }: { readonly onPick: () => void; readonly children: ReactNode }) {
  return (
    <button type="button" onClick={onPick} className="min-h-6 max-w-full text-left text-accent hover:underline">
      {children}
    </button>
  )
}

/** An id, and everything else that bears it. */
function Belonging({
  id,
  label,
  onPick,
}: {
  readonly id: string
  readonly label: string
  readonly onPick: () => void
}) {
  return (
    <span className="flex flex-wrap items-center gap-1">
      <SafeText text={id} mono className="break-all" />
      <Button size={24} icon={Link2} kind="ghost" className="font-sans text-body" onClick={onPick}>
        {label}
      </Button>
    </span>
  )
}

function Approval({ id }: { readonly id: string }) {
  const open = useOpenApproval()
  return open === null ? <SafeText text={id} mono /> : <Pick onPick={() => open(id)}>Show the approved request</Pick>
}

function Policies({ policies }: { readonly policies: readonly string[] }) {
  if (policies.length === 0) return none
  return (
    <span className="flex flex-wrap gap-1">
      {policies.map((policy) => (
        <Tag key={policy}>
          <SafeText text={policy} oneLine />
        </Tag>
      ))}
    </span>
  )
}

function what({ entry, onNarrow }: DetailProps): readonly KeyValue[] {
  const { at, actor, subject, operation, environments, targets, correlationId } = entry
  const [capability = operation] = operation.split('.')
  return [
    {
      name: 'Time',
      value: (
        <>
          <Timestamp at={at} /> <RelativeTime at={at} className="ml-1 text-muted" />
        </>
      ),
    },
    {
      name: 'Who',
      value: (
        <Pick onPick={() => onNarrow({ actor: subject })}>
          <ActorName actor={actor} subject={subject} />
        </Pick>
      ),
    },
    {
      name: 'Operation',
      value: (
        <span className="flex flex-wrap items-center gap-x-3">
          <Pick onPick={() => onNarrow({ operation })}>
            <SafeText text={operation} mono />
          </Pick>
          {capability === operation ? null : (
            <Pick onPick={() => onNarrow({ operation: capability })}>all of {capability}</Pick>
          )}
        </span>
      ),
    },
    {
      name: 'Environments',
      value: <Chips name="environment" values={environments} onPick={(environment) => onNarrow({ environment })} />,
    },
    {
      name: 'Targets',
      value: <Chips name="target" values={targets} onPick={(target) => onNarrow({ target })} />,
    },
    {
      name: 'Correlation id',
      value: <Belonging id={correlationId} label="Narrow" onPick={() => onNarrow({ correlation: correlationId })} />,
    },
  ]
}

function how({ entry, onReplay }: { readonly entry: AuditEntry; readonly onReplay: () => void }): readonly KeyValue[] {
  const { subject, via, source, session, policies, approval } = entry
  return [
    { name: 'Pseudonym', value: <SafeText text={subject} mono className="break-all" /> },
    { name: 'Came in by', value: <SafeText text={via} /> },
    { name: 'From', value: source === null ? none : <SafeText text={source} mono /> },
    { name: 'Session', value: session === null ? none : <Belonging id={session} label="Replay…" onPick={onReplay} /> },
    { name: 'Decided by', value: <Policies policies={policies} /> },
    {
      name: 'Approval',
      value: approval === null ? <span className="text-muted">not needed</span> : <Approval id={approval} />,
    },
  ]
}

function Header({ entry, onClose }: { readonly entry: AuditEntry; readonly onClose: () => void }) {
  const { operation, outcome, sequence, correlationId } = entry
  return (
    <header className="flex items-center gap-2 border-b border-line px-3 py-2">
      <h2 className="min-w-0 flex-1 truncate font-mono text-title font-semibold">{operation}</h2>
      <OutcomeMark outcome={outcome} />
      <CopyButton wide label="Copy link" text={linkToEntry(sequence, correlationId)} />
      <IconButton icon={X} label="Close" shortcut="Esc" onClick={onClose} />
    </header>
  )
}

type AuditDetailProps = DetailProps & {
  readonly onShow: (sequence: number) => void
  readonly onClose: () => void
}

/** Everything the log holds about one entry, and the proof that it does. */
export function AuditDetail({ entry, onNarrow, onShow, onClose }: AuditDetailProps) {
  const [replay, setReplay] = useState(false)
  const { sequence, error, leafHash, pruned } = entry
  return (
    <div>
      <Header entry={entry} onClose={onClose} />
      {pruned ? (
        <p className="border-b border-line px-3 py-2 text-warning">
          Retention removed the content of this entry. Its hash stays, and every proof still verifies.
        </p>
      ) : null}
      {error === null ? null : (
        <div className="p-3 pb-0">
          <ErrorPanel title="It did not succeed." error={AppError.fromShape(error)} />
        </div>
      )}
      <Section title={`Entry ${sequence}`}>
        <KeyValueList items={what({ entry, onNarrow })} />
      </Section>
      <Section title="Before and after">
        <JsonDiff before={entry.before} after={entry.after} />
      </Section>
      <Section title="Who, and by which right">
        <KeyValueList items={how({ entry, onReplay: () => setReplay(true) })} />
      </Section>
      <Section title="Proof that it is in the log" collapsible>
        <KeyValueList
          items={[
            {
              name: 'Leaf hash',
              mono: true,
              value: (
                <span className="flex items-start gap-1">
                  <span className="min-w-0 break-all">{leafHash}</span>
                  <CopyButton label="Copy hash" text={leafHash} />
                </span>
              ),
            },
          ]}
        />
        <ProofPanel entry={entry} />
      </Section>
      {replay ? <SessionReplay entry={entry} onClose={() => setReplay(false)} onShow={onShow} /> : null}
    </div>
  )
}
