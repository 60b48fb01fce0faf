import type { Connection } from '#preload/fleet/connections.ts'
import { Tag } from '#renderer/ui/Badge.tsx'
import type { Column } from '#renderer/ui/grid/column.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { StatusMark, statusRank, statusWord } from './StatusMark.tsx'

export const kindNames: Readonly<Record<Connection['kind'], string>> = {
  prometheus: 'Prometheus',
  alertmanager: 'Alertmanager',
}

export const isProduction = (environment: string): boolean => /^prod(uction)?$/.test(environment)

/** Why a connection does not work, in one sentence; nothing while it does. */
export const problemOf = ({ state }: Connection): string => state.error?.message ?? ''

export const connectionColumns: readonly Column<Connection>[] = [
  {
    id: 'status',
    header: 'Status',
    width: 116,
    fixed: true,
    sortable: true,
    cell: ({ state }) => <StatusMark status={state.status} />,
    sortValue: ({ state }) => statusRank(state.status),
    exportValue: ({ state }) => statusWord(state.status),
  },
  {
    id: 'name',
    header: 'Name',
    width: 150,
    grow: 1,
    fixed: true,
    sortable: true,
    cell: ({ name }) => <SafeText text={name} oneLine className="font-medium" />,
    sortValue: ({ name }) => name,
    exportValue: ({ name }) => name,
  },
  {
    id: 'kind',
    header: 'Kind',
    width: 110,
    sortable: true,
    cell: ({ kind }) => kindNames[kind],
    sortValue: ({ kind }) => kind,
    exportValue: ({ kind }) => kindNames[kind],
  },
  {
    id: 'environment',
    header: 'Environment',
    width: 108,
    sortable: true,
    cell: ({ environment }) => <Tag tone={isProduction(environment) ? 'high' : 'neutral'}>{environment}</Tag>,
    sortValue: ({ environment }) => environment,
    exportValue: ({ environment }) => environment,
  },
  {
    id: 'url',
    header: 'Address',
    width: 170,
    grow: 1,
    mono: true,
    sortable: true,
    cell: ({ url }) => <SafeText text={url} mono oneLine />,
    sortValue: ({ url }) => url,
    exportValue: ({ url }) => url,
  },
  {
    id: 'version',
    header: 'Version',
    width: 90,
    sortable: true,
    cell: ({ state }) => (state.version === null ? '–' : <SafeText text={state.version} oneLine />),
    sortValue: ({ state }) => state.version ?? '',
    exportValue: ({ state }) => state.version,
  },
  {
    id: 'success',
    header: 'Last success',
    width: 100,
    align: 'end',
    sortable: true,
    cell: ({ state }) =>
      state.lastSuccessAt === null ? (
        <span className="text-muted">never</span>
      ) : (
        <RelativeTime at={state.lastSuccessAt} />
      ),
    sortValue: ({ state }) => state.lastSuccessAt ?? '',
    exportValue: ({ state }) => state.lastSuccessAt,
  },
  {
    id: 'error',
    header: 'Problem',
    width: 200,
    grow: 2,
    cell: (connection) => <SafeText text={problemOf(connection)} oneLine />,
    exportValue: problemOf,
  },
]
