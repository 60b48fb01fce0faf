import type { Approval } from '#preload/security/approvals.ts'
import type { Column } from '#renderer/ui/grid/column.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { ApprovalMark, approvalWord } from './ApprovalMark.tsx'

/** How many valid approvals a request has. */
export const validApprovals = ({ decisions }: Approval): number =>
  decisions.filter(({ decision, signature }) => decision === 'approve' && signature.kind === 'valid').length

export const who = (name: string | null, id: string): string => name ?? `somebody forgotten (${id.slice(0, 8)})`

export const approvalColumns: readonly Column<Approval>[] = [
  {
    id: 'state',
    header: 'State',
    width: 108,
    fixed: true,
    sortable: true,
    cell: ({ state }) => <ApprovalMark state={state} />,
    sortValue: ({ state }) => approvalWord(state),
    exportValue: ({ state }) => approvalWord(state),
  },
  {
    id: 'operation',
    header: 'What',
    width: 190,
    fixed: true,
    mono: true,
    sortable: true,
    cell: ({ operation }) => operation,
    sortValue: ({ operation }) => operation,
    exportValue: ({ operation }) => operation,
  },
  {
    id: 'environments',
    header: 'Environment',
    width: 110,
    sortable: true,
    cell: ({ environments }) => <SafeText text={environments.join(', ') || '–'} oneLine />,
    sortValue: ({ environments }) => environments.join(),
    exportValue: ({ environments }) => environments.join(' '),
  },
  {
    id: 'signed',
    header: 'Signed',
    width: 72,
    align: 'end',
    cell: (approval) => `${validApprovals(approval)} of ${approval.needed}`,
    exportValue: (approval) => `${validApprovals(approval)} of ${approval.needed}`,
  },
  {
    id: 'requester',
    header: 'Asked by',
    width: 120,
    sortable: true,
    cell: ({ requester, requesterName }) => <SafeText text={who(requesterName, requester)} oneLine />,
    sortValue: ({ requester, requesterName }) => who(requesterName, requester),
    exportValue: ({ requester }) => requester,
  },
  {
    id: 'reason',
    header: 'Why',
    width: 200,
    grow: 1,
    cell: ({ reason }) => <SafeText text={reason} oneLine />,
    exportValue: ({ reason }) => reason,
  },
  {
    id: 'requested',
    header: 'Asked',
    width: 90,
    align: 'end',
    sortable: true,
    cell: ({ requestedAt }) => <RelativeTime at={requestedAt} />,
    sortValue: ({ requestedAt }) => requestedAt,
    exportValue: ({ requestedAt }) => requestedAt,
  },
  {
    id: 'expires',
    header: 'Lapses',
    width: 90,
    align: 'end',
    sortable: true,
    cell: ({ expiresAt }) => <RelativeTime at={expiresAt} />,
    sortValue: ({ expiresAt }) => expiresAt,
    exportValue: ({ expiresAt }) => expiresAt,
  },
]
