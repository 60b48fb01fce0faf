import { Ban, CircleCheck, CircleDashed, CircleX, type LucideIcon } from 'lucide-react'
import type { AuditEntry, AuditOutcome } from '#preload/security/audit.ts'
import type { Column } from '#renderer/ui/grid/column.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'

const outcomes: Readonly<Record<AuditOutcome, { readonly icon: LucideIcon; readonly color: string }>> = {
  succeeded: { icon: CircleCheck, color: 'text-ok' },
  failed: { icon: CircleX, color: 'text-high' },
  forbidden: { icon: Ban, color: 'text-warning' },
  interrupted: { icon: CircleDashed, color: 'text-muted' },
}

export function OutcomeMark({ outcome }: { readonly outcome: AuditOutcome }) {
  const { icon: Icon, color } = outcomes[outcome]
  return (
    <span className={`inline-flex items-center gap-1.5 align-top whitespace-nowrap ${color}`}>
      <Icon aria-hidden size={13} strokeWidth={1.75} className="shrink-0" />
      {outcome}
    </span>
  )
}

const targetsText = ({ targets }: AuditEntry): string => {
  const [first = ''] = targets
  return targets.length > 1 ? `${first} and ${targets.length - 1} more` : first
}

export const auditColumns: readonly Column<AuditEntry>[] = [
  {
    id: 'sequence',
    header: 'Entry',
    width: 60,
    align: 'end',
    fixed: true,
    cell: ({ sequence }) => sequence,
    exportValue: ({ sequence }) => sequence,
  },
  {
    id: 'at',
    header: 'Time',
    width: 164,
    fixed: true,
    cell: ({ at }) => <Timestamp at={at} />,
    exportValue: ({ at }) => at,
  },
  {
    id: 'operation',
    header: 'Operation',
    width: 196,
    mono: true,
    cell: ({ operation }) => operation,
    exportValue: ({ operation }) => operation,
  },
  {
    id: 'outcome',
    header: 'Outcome',
    width: 108,
    cell: ({ outcome }) => <OutcomeMark outcome={outcome} />,
    exportValue: ({ outcome }) => outcome,
  },
  {
    id: 'actor',
    header: 'Actor',
    width: 104,
    cell: ({ actor }) => <SafeText text={actor} oneLine />,
    exportValue: ({ actor }) => actor,
  },
  {
    id: 'targets',
    header: 'Targets',
    width: 240,
    grow: 1,
    mono: true,
    cell: (entry) => <SafeText text={targetsText(entry)} mono oneLine />,
    exportValue: ({ targets }) => targets.join(' '),
  },
  {
    id: 'error',
    header: 'Error',
    width: 220,
    grow: 1,
    cell: ({ error }) => (error === null ? null : <SafeText text={error.message} oneLine />),
    exportValue: ({ error }) => error?.message,
  },
  { id: 'via', header: 'Via', width: 110, cell: ({ via }) => via, exportValue: ({ via }) => via },
  {
    id: 'correlation',
    header: 'Correlation id',
    width: 290,
    mono: true,
    hidden: true,
    cell: ({ correlationId }) => correlationId,
    exportValue: ({ correlationId }) => correlationId,
  },
  {
    id: 'hash',
    header: 'Hash',
    width: 160,
    mono: true,
    hidden: true,
    cell: ({ hash }) => hash.slice(0, 16),
    exportValue: ({ hash }) => hash,
  },
]
