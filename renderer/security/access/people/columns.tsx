import type { Identity } from '#preload/security/access.ts'
import { Tag } from '#renderer/ui/Badge.tsx'
import type { Column } from '#renderer/ui/grid/column.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { roleNames, rolesText } from '../roles.ts'
import { PersonMark } from './PersonMark.tsx'
import { factorsText, groupRolesOf, kindNames, stateOf } from './person.ts'

const quiet = (text: string) => <span className="text-muted">{text}</span>

function Roles({ person }: { readonly person: Identity }) {
  const byGroup = groupRolesOf(person)
  if (person.roles.length === 0) return quiet('none')
  return (
    <span className="flex items-center gap-1 overflow-hidden">
      {person.assignedRoles.map((role) => (
        <Tag key={role} tone={role === 'admin' ? 'high' : 'neutral'}>
          {roleNames[role]}
        </Tag>
      ))}
      {byGroup.map((role) => (
        <Tag key={role} tone={role === 'admin' ? 'high' : 'neutral'}>
          {roleNames[role]}
          <span className="text-muted"> by group</span>
        </Tag>
      ))}
    </span>
  )
}

export const personColumns: readonly Column<Identity>[] = [
  {
    id: 'state',
    header: 'State',
    width: 132,
    fixed: true,
    sortable: true,
    cell: (person) => <PersonMark person={person} />,
    sortValue: (person) => stateOf(person, Date.now()),
    exportValue: (person) => stateOf(person, Date.now()),
  },
  {
    id: 'name',
    header: 'Name',
    width: 160,
    grow: 1,
    fixed: true,
    sortable: true,
    cell: ({ name }) => <SafeText text={name} oneLine className="font-medium" />,
    sortValue: ({ name }) => name,
    exportValue: ({ name }) => name,
  },
  {
    id: 'roles',
    header: 'Roles',
    width: 220,
    grow: 2,
    sortable: true,
    cell: (person) => <Roles person={person} />,
    sortValue: ({ roles }) => rolesText(roles),
    exportValue: ({ roles }) => rolesText(roles),
  },
  {
    id: 'kind',
    header: 'Kind',
    width: 128,
    sortable: true,
    cell: ({ kind }) => kindNames[kind],
    sortValue: ({ kind }) => kindNames[kind],
    exportValue: ({ kind }) => kindNames[kind],
  },
  {
    id: 'factors',
    header: 'Second factors',
    width: 128,
    sortable: true,
    cell: ({ factors }) => factorsText(factors) || quiet('none'),
    sortValue: ({ factors }) => factorsText(factors),
    exportValue: ({ factors }) => factorsText(factors),
  },
  {
    id: 'seen',
    header: 'Last seen',
    width: 92,
    align: 'end',
    sortable: true,
    cell: ({ lastSeenAt }) => (lastSeenAt === null ? quiet('never') : <RelativeTime at={lastSeenAt} />),
    sortValue: ({ lastSeenAt }) => lastSeenAt ?? '',
    exportValue: ({ lastSeenAt }) => lastSeenAt,
  },
  {
    id: 'email',
    header: 'Mail',
    width: 170,
    grow: 1,
    sortable: true,
    cell: ({ email }) => (email === null ? quiet('–') : <SafeText text={email} oneLine />),
    sortValue: ({ email }) => email ?? '',
    exportValue: ({ email }) => email,
  },
  {
    id: 'issuer',
    header: 'Provider',
    width: 170,
    grow: 1,
    hidden: true,
    mono: true,
    sortable: true,
    cell: ({ issuer }) => <SafeText text={issuer} mono oneLine />,
    sortValue: ({ issuer }) => issuer,
    exportValue: ({ issuer }) => issuer,
  },
]
