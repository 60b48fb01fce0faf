import type { Exception } from '#preload/security/exceptions.ts'
import { Tag } from '#renderer/ui/Badge.tsx'
import type { Column } from '#renderer/ui/grid/column.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'

const tones = { active: 'warning', expired: 'neutral', ended: 'neutral' } as const

/** Where an exception holds, in words. */
export function scopeText({ identity, operation, environment }: Exception['scope']): string {
  const parts = [
    identity === undefined ? '' : `for ${identity}`,
    operation === undefined ? '' : `for ${operation}`,
    environment === undefined ? '' : `in ${environment}`,
  ].filter(Boolean)
  return parts.length === 0 ? 'everywhere, for everybody' : parts.join(', ')
}

export const exceptionColumns: readonly Column<Exception>[] = [
  {
    id: 'state',
    header: 'State',
    width: 84,
    fixed: true,
    sortable: true,
    cell: ({ state }) => <Tag tone={tones[state]}>{state}</Tag>,
    sortValue: ({ state }) => state,
    exportValue: ({ state }) => state,
  },
  {
    id: 'kind',
    header: 'Kind',
    width: 72,
    sortable: true,
    cell: ({ kind }) => kind,
    sortValue: ({ kind }) => kind,
    exportValue: ({ kind }) => kind,
  },
  {
    id: 'subject',
    header: 'To',
    width: 160,
    fixed: true,
    mono: true,
    sortable: true,
    cell: ({ subject }) => <SafeText text={subject} mono oneLine />,
    sortValue: ({ subject }) => subject,
    exportValue: ({ subject }) => subject,
  },
  {
    id: 'scope',
    header: 'Where',
    width: 180,
    grow: 1,
    cell: ({ scope }) => <SafeText text={scopeText(scope)} oneLine />,
    exportValue: ({ scope }) => scopeText(scope),
  },
  {
    id: 'owner',
    header: 'Owner',
    width: 110,
    sortable: true,
    cell: ({ owner }) => <SafeText text={owner} oneLine />,
    sortValue: ({ owner }) => owner,
    exportValue: ({ owner }) => owner,
  },
  {
    id: 'ticket',
    header: 'Ticket',
    width: 100,
    sortable: true,
    cell: ({ ticket }) => <SafeText text={ticket} oneLine />,
    sortValue: ({ ticket }) => ticket,
    exportValue: ({ ticket }) => ticket,
  },
  {
    id: 'reason',
    header: 'Why',
    width: 200,
    grow: 2,
    cell: ({ reason }) => <SafeText text={reason} oneLine />,
    exportValue: ({ reason }) => reason,
  },
  {
    id: 'expires',
    header: 'Ends',
    width: 96,
    align: 'end',
    sortable: true,
    cell: ({ endedAt, expiresAt }) => <RelativeTime at={endedAt ?? expiresAt} />,
    sortValue: ({ endedAt, expiresAt }) => endedAt ?? expiresAt,
    exportValue: ({ endedAt, expiresAt }) => endedAt ?? expiresAt,
  },
]
