import { Ban, CircleCheck, CircleDashed, CircleX, type LucideIcon } from 'lucide-react'
import type { AuditEntry, AuditOutcome } from '#preload/security/audit.ts'
import { formatNumber } from '#renderer/ui/format.ts'
import type { Column } from '#renderer/ui/grid/column.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'
import { ActorName } from './ActorName.tsx'
import { shortHash } from './standing.ts'

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
    width: 80,
    align: 'end',
    fixed: true,
    cell: ({ sequence }) => formatNumber(sequence, 0),
  },
  {
    id: 'at',
    header: 'Time',
    width: 156,
    fixed: true,
    cell: ({ at }) => <Timestamp at={at} />,
  },
  {
    id: 'operation',
    header: 'Operation',
    width: 184,
    mono: true,
    cell: ({ operation, pruned }) =>
      pruned ? <span className="font-sans text-muted italic">removed by retention</span> : operation,
  },
  {
    id: 'outcome',
    header: 'Outcome',
    width: 104,
    cell: ({ outcome }) => <OutcomeMark outcome={outcome} />,
  },
  {
    id: 'actor',
    header: 'Actor',
    width: 96,
    cell: ({ actor, subject }) => <ActorName actor={actor} subject={subject} oneLine />,
  },
  {
    id: 'targets',
    header: 'Targets',
    width: 160,
    grow: 1,
    mono: true,
    cell: (entry) => <SafeText text={targetsText(entry)} mono oneLine />,
  },
  {
    id: 'environments',
    header: 'Environments',
    width: 104,
    cell: ({ environments }) => <SafeText text={environments.join(', ')} oneLine />,
  },
  {
    id: 'error',
    header: 'Error',
    width: 160,
    grow: 1,
    cell: ({ error }) => (error === null ? null : <SafeText text={error.message} oneLine />),
  },
  { id: 'via', header: 'Came in by', width: 100, hidden: true, cell: ({ via }) => via },
  {
    id: 'source',
    header: 'From',
    width: 120,
    mono: true,
    hidden: true,
    cell: ({ source }) => (source === null ? null : <SafeText text={source} mono oneLine />),
  },
  {
    id: 'policies',
    header: 'Decided by',
    width: 160,
    hidden: true,
    cell: ({ policies }) => <SafeText text={policies.join(', ')} oneLine />,
  },
  {
    id: 'correlation',
    header: 'Correlation id',
    width: 290,
    mono: true,
    hidden: true,
    cell: ({ correlationId }) => correlationId,
  },
  {
    id: 'hash',
    header: 'Leaf hash',
    width: 160,
    mono: true,
    hidden: true,
    cell: ({ leafHash }) => shortHash(leafHash),
  },
]
