import type { Environment } from '#preload/deployment/environments.ts'
import { plural } from '#renderer/ui/format.ts'
import type { Column } from '#renderer/ui/grid/column.ts'
import { HealthMark, healthRank } from '#renderer/ui/HealthMark.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { FreezeMark, LockMark } from './HoldMark.tsx'

const reasons = ({ health }: Environment): string => health.reasons.join(' ')

/** How much runs there, and whether it is all of one version. */
export function deployed({ health: { services } }: Environment): string {
  if (services.length === 0) return 'nothing'
  const versions = new Set(services.map(({ version }) => version ?? 'unknown')).size
  return `${plural(services.length, 'service')}, ${plural(versions, 'version')}`
}

const freezeWords = ({ frozen, nextFreeze }: Environment): string =>
  frozen ? `frozen until ${frozen.until}` : nextFreeze ? `from ${nextFreeze.from}` : ''

export const environmentColumns: readonly Column<Environment>[] = [
  {
    id: 'health',
    header: 'Health',
    width: 96,
    fixed: true,
    sortable: true,
    cell: ({ health }) => <HealthMark status={health.status} />,
    sortValue: ({ health }) => healthRank(health.status),
    exportValue: ({ health }) => health.status,
  },
  {
    id: 'name',
    header: 'Environment',
    width: 120,
    grow: 1,
    fixed: true,
    sortable: true,
    cell: ({ name }) => <SafeText text={name} oneLine className="font-medium" />,
    sortValue: ({ name }) => name,
    exportValue: ({ name }) => name,
  },
  {
    id: 'deployed',
    header: 'Runs',
    width: 130,
    sortable: true,
    cell: deployed,
    sortValue: ({ health }) => health.services.length,
    exportValue: deployed,
  },
  {
    id: 'lock',
    header: 'Lock',
    width: 120,
    grow: 1,
    cell: ({ lock }) => <LockMark lock={lock} />,
    exportValue: ({ lock }) => lock?.reason ?? null,
  },
  {
    id: 'freeze',
    header: 'Freeze',
    width: 130,
    grow: 1,
    cell: (environment) => <FreezeMark {...environment} />,
    exportValue: freezeWords,
  },
  {
    id: 'approvals',
    header: 'Approvals',
    width: 82,
    align: 'end',
    sortable: true,
    cell: ({ requiredApprovals }) => (requiredApprovals === 0 ? 'none' : requiredApprovals),
    sortValue: ({ requiredApprovals }) => requiredApprovals,
    exportValue: ({ requiredApprovals }) => requiredApprovals,
  },
  {
    id: 'region',
    header: 'Region',
    width: 90,
    sortable: true,
    cell: ({ region }) => <SafeText text={region} oneLine />,
    sortValue: ({ region }) => region,
    exportValue: ({ region }) => region,
  },
  {
    id: 'owners',
    header: 'Owners',
    width: 110,
    grow: 1,
    cell: ({ owners }) => <SafeText text={owners.join(', ')} oneLine />,
    exportValue: ({ owners }) => owners.join(', '),
  },
  {
    id: 'expires',
    header: 'Removes itself',
    width: 104,
    sortable: true,
    cell: ({ expiresAt }) =>
      expiresAt === null ? <span className="text-muted">never</span> : <RelativeTime at={expiresAt} />,
    sortValue: ({ expiresAt }) => expiresAt ?? '',
    exportValue: ({ expiresAt }) => expiresAt,
  },
  {
    id: 'why',
    header: 'Why',
    width: 160,
    grow: 2,
    cell: (environment) => <SafeText text={reasons(environment)} oneLine className="text-muted" />,
    exportValue: reasons,
  },
]
