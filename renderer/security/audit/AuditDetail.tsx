import { Link2, X } from 'lucide-react'
import { AppError } from '#preload/contract/error.ts'
import type { AuditEntry } from '#preload/security/audit.ts'
import { LabelChip } from '#renderer/ui/Badge.tsx'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { CopyButton } from '#renderer/ui/CopyButton.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { KeyValueList } from '#renderer/ui/KeyValueList.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { RelativeTime, Timestamp } from '#renderer/ui/Time.tsx'
import type { AuditSearch } from './audit-search.ts'
import { linkToEntry } from './audit-search.ts'
import { OutcomeMark } from './columns.tsx'
import { JsonDiff } from './JsonDiff.tsx'

const targetsShown = 30

type AuditDetailProps = {
  readonly entry: AuditEntry
  readonly onNarrow: (change: AuditSearch) => void
  readonly onClose: () => void
}

function Targets({ entry, onNarrow }: Pick<AuditDetailProps, 'entry' | 'onNarrow'>) {
  const { targets } = entry
  if (targets.length === 0) return <span className="text-muted">none</span>
  return (
    <span className="flex flex-wrap gap-1">
      {targets.slice(0, targetsShown).map((target) => (
        <LabelChip key={target} name="target" value={target} onPick={() => onNarrow({ target })} />
      ))}
      {targets.length > targetsShown ? (
        <span className="text-muted">and {targets.length - targetsShown} more</span>
      ) : null}
    </span>
  )
}

function Hash({ value }: { readonly value: string }) {
  return (
    <span className="flex items-start gap-1">
      <span className="min-w-0 break-all">{value}</span>
      <CopyButton label="Copy hash" text={value} />
    </span>
  )
}

function Pick({ label, onPick }: { readonly label: string; readonly onPick: () => void }) {
  return (
    <button type="button" onClick={onPick} className="min-h-6 text-left text-accent hover:underline">
      <SafeText text={label} />
    </button>
  )
}

/** Everything the log holds about one entry. */
export function AuditDetail({ entry, onNarrow, onClose }: AuditDetailProps) {
  const { sequence, at, actor, via, operation, outcome, correlationId, error, hash, previousHash } = entry
  const [capability = operation] = operation.split('.')
  return (
    <div>
      <header className="flex items-center gap-2 border-b border-line px-3 py-2">
        <h2 className="min-w-0 flex-1 truncate font-mono text-title font-semibold">{operation}</h2>
        <OutcomeMark outcome={outcome} />
        <CopyButton wide label="Copy link" text={linkToEntry(sequence, correlationId)} />
        <IconButton icon={X} label="Close" shortcut="Esc" onClick={onClose} />
      </header>
      {error === null ? null : (
        <div className="p-3 pb-0">
          <ErrorPanel title="It did not succeed." error={AppError.fromShape(error)} />
        </div>
      )}
      <Section title={`Entry ${sequence}`}>
        <KeyValueList
          items={[
            {
              name: 'Time',
              value: (
                <>
                  <Timestamp at={at} /> <RelativeTime at={at} className="ml-1 text-muted" />
                </>
              ),
            },
            { name: 'Actor', value: <Pick label={actor} onPick={() => onNarrow({ actor })} /> },
            { name: 'Via', value: via },
            { name: 'Operation', value: <Pick label={operation} onPick={() => onNarrow({ operation })} />, mono: true },
            {
              name: 'Capability',
              value: <Pick label={capability} onPick={() => onNarrow({ operation: capability })} />,
            },
            { name: 'Targets', value: <Targets entry={entry} onNarrow={onNarrow} /> },
            {
              name: 'Correlation id',
              mono: true,
              value: (
                <span className="flex flex-wrap items-center gap-1">
                  <span className="break-all">{correlationId}</span>
                  <Button
                    size={24}
                    icon={Link2}
                    kind="ghost"
                    className="font-sans text-body"
                    onClick={() => onNarrow({ correlation: correlationId })}
                  >
                    Show what belongs to it
                  </Button>
                </span>
              ),
            },
          ]}
        />
      </Section>
      <Section title="Before and after">
        <JsonDiff before={entry.before} after={entry.after} />
      </Section>
      <Section title="Chain" collapsible>
        <KeyValueList
          items={[
            { name: 'Hash', value: <Hash value={hash} />, mono: true },
            { name: 'Previous hash', value: <Hash value={previousHash} />, mono: true },
          ]}
        />
      </Section>
    </div>
  )
}
