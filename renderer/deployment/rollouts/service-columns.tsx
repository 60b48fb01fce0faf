import type { Service } from '#preload/deployment/rollouts.ts'
import type { Column } from '#renderer/ui/grid/column.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'

/** `staging 1.2, production 1.1` */
const runsText = ({ placements }: Service): string =>
  placements.map(({ environment, version }) => `${environment} ${version ?? '(not rolled out)'}`).join(', ') ||
  'nowhere'

export const serviceColumns: readonly Column<Service>[] = [
  {
    ...{ id: 'name', header: 'Service', width: 150, fixed: true, sortable: true },
    cell: ({ name }) => <SafeText text={name} oneLine />,
    sortValue: ({ name }) => name,
    exportValue: ({ name }) => name,
  },
  {
    ...{ id: 'runs', header: 'Runs in', width: 240, grow: 1 },
    cell: (service) => <SafeText text={runsText(service)} oneLine />,
    exportValue: runsText,
  },
  {
    ...{ id: 'replicas', header: 'Instances', width: 80, align: 'end', sortable: true },
    cell: ({ replicas }) => replicas,
    sortValue: ({ replicas }) => replicas,
    exportValue: ({ replicas }) => replicas,
  },
  {
    ...{ id: 'command', header: 'Command', width: 220, mono: true },
    cell: ({ command }) => <SafeText text={command.join(' ')} oneLine />,
    exportValue: ({ command }) => command.join(' '),
  },
  {
    ...{ id: 'changed', header: 'Changed', width: 90, align: 'end', sortable: true },
    cell: ({ updatedAt }) => <RelativeTime at={updatedAt} />,
    sortValue: ({ updatedAt }) => updatedAt,
    exportValue: ({ updatedAt }) => updatedAt,
  },
]
