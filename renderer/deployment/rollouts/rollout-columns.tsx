import type { ListedRollout, Rollout } from '#preload/deployment/rollouts.ts'
import type { Column } from '#renderer/ui/grid/column.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { RolloutMark, rolloutWord } from './RolloutMark.tsx'

export const versionsText = ({ fromVersion, toVersion }: Pick<Rollout, 'fromVersion' | 'toVersion'>): string =>
  `${fromVersion ?? 'nothing'} → ${toVersion}`

const text = (
  id: string,
  header: string,
  width: number,
  of: (rollout: ListedRollout) => string,
  more: Partial<Column<ListedRollout>> = {},
): Column<ListedRollout> => ({
  ...{ id, header, width, sortable: true, sortValue: of, exportValue: of },
  cell: (rollout) => <SafeText text={of(rollout)} oneLine />,
  ...more,
})

export const rolloutColumns: readonly Column<ListedRollout>[] = [
  {
    ...{ id: 'state', header: 'State', width: 112, fixed: true, sortable: true },
    cell: ({ state }) => <RolloutMark state={state} />,
    sortValue: ({ state }) => rolloutWord(state),
    exportValue: ({ state }) => state,
  },
  text('service', 'Service', 120, ({ service }) => service, { fixed: true }),
  text('environment', 'Environment', 110, ({ environment }) => environment),
  text('versions', 'Versions', 150, versionsText),
  text('strategy', 'Strategy', 90, ({ strategy, isRollback }) => (isRollback ? 'rollback' : strategy.kind)),
  {
    ...{ id: 'weight', header: 'Traffic', width: 70, align: 'end', sortable: true },
    cell: ({ weight }) => `${weight} %`,
    sortValue: ({ weight }) => weight,
    exportValue: ({ weight }) => weight,
  },
  text('phase', 'What it does, or why it went back', 220, ({ phase, wentBack }) => wentBack ?? phase, {
    grow: 1,
    sortable: false,
  }),
  text('by', 'By', 90, ({ startedBy }) => startedBy),
  {
    ...{ id: 'started', header: 'Started', width: 90, align: 'end', sortable: true },
    cell: ({ startedAt }) => <RelativeTime at={startedAt} />,
    sortValue: ({ startedAt }) => startedAt,
    exportValue: ({ startedAt }) => startedAt,
  },
]
