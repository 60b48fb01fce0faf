import { clsx } from 'clsx'
import { BellOff, CircleCheck, Hourglass } from 'lucide-react'
import { formatMatchers } from '#preload/observability/matchers.ts'
import type { Silence } from '#preload/observability/silences.ts'
import { Tag } from '#renderer/ui/Badge.tsx'
import { useClock } from '#renderer/ui/clock.ts'
import { epochOf, formatBothTimes, formatDuration } from '#renderer/ui/format.ts'
import type { Column } from '#renderer/ui/grid/column.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime, Timestamp } from '#renderer/ui/Time.tsx'
import { SuppressedLink } from './SuppressedLink.tsx'

const marks = {
  active: { icon: BellOff, color: 'text-accent' },
  pending: { icon: Hourglass, color: 'text-warning' },
  expired: { icon: CircleCheck, color: 'text-muted' },
} as const

function State({ state }: Pick<Silence, 'state'>) {
  const { icon: Icon, color } = marks[state]
  return (
    <span className={clsx('inline-flex items-center gap-1.5 align-top', color)}>
      <Icon aria-hidden size={13} strokeWidth={1.75} />
      {state}
    </span>
  )
}

/** How long it still lasts; when it has ended, since when. */
function TimeLeft({ endsAt }: Pick<Silence, 'endsAt'>) {
  const end = epochOf(endsAt)
  const left = useClock((now) => (end > now ? formatDuration(Math.round((end - now) / 1000)) : ''))
  return left === '' ? (
    <span className="text-muted">
      <RelativeTime at={endsAt} />
    </span>
  ) : (
    <time dateTime={endsAt} title={formatBothTimes(end)}>
      {left}
    </time>
  )
}

const rank: Readonly<Record<Silence['state'], number>> = { active: 0, pending: 1, expired: 2 }

export const silenceKey = ({ target, id }: Silence): string => `${target}/${id}`

export const silenceColumns: readonly Column<Silence>[] = [
  {
    id: 'state',
    header: 'State',
    width: 92,
    fixed: true,
    sortable: true,
    cell: ({ state }) => <State state={state} />,
    sortValue: ({ state }) => rank[state],
    exportValue: ({ state }) => state,
  },
  {
    id: 'matchers',
    header: 'Matchers',
    width: 240,
    grow: 3,
    fixed: true,
    sortable: true,
    cell: ({ matchers }) => <SafeText text={formatMatchers(matchers)} mono oneLine />,
    sortValue: ({ matchers }) => formatMatchers(matchers),
    exportValue: ({ matchers }) => formatMatchers(matchers),
  },
  {
    id: 'ends',
    header: 'Time left',
    width: 104,
    align: 'end',
    sortable: true,
    cell: ({ endsAt }) => <TimeLeft endsAt={endsAt} />,
    sortValue: ({ endsAt }) => endsAt,
    exportValue: ({ endsAt }) => endsAt,
  },
  {
    id: 'suppressed',
    header: 'Suppresses',
    width: 96,
    align: 'end',
    sortable: true,
    cell: (silence) => <SuppressedLink silence={silence} />,
    sortValue: ({ suppressed }) => suppressed,
    exportValue: ({ suppressed }) => suppressed,
  },
  {
    id: 'comment',
    header: 'Comment',
    width: 160,
    grow: 2,
    cell: ({ comment }) => <SafeText text={comment} oneLine />,
    exportValue: ({ comment }) => comment,
  },
  {
    id: 'creator',
    header: 'By',
    width: 96,
    sortable: true,
    cell: ({ createdBy }) => <SafeText text={createdBy} oneLine />,
    sortValue: ({ createdBy }) => createdBy,
    exportValue: ({ createdBy }) => createdBy,
  },
  {
    id: 'target',
    header: 'At',
    width: 120,
    sortable: true,
    cell: ({ targetName }) => <SafeText text={targetName} oneLine />,
    sortValue: ({ targetName }) => targetName,
    exportValue: ({ targetName }) => targetName,
  },
  {
    id: 'environment',
    header: 'Environment',
    width: 100,
    sortable: true,
    cell: ({ environment }) => (environment === null ? null : <Tag>{environment}</Tag>),
    sortValue: ({ environment }) => environment ?? '',
    exportValue: ({ environment }) => environment,
  },
  {
    id: 'starts',
    header: 'Began',
    width: 140,
    hidden: true,
    sortable: true,
    cell: ({ startsAt }) => <Timestamp at={startsAt} />,
    sortValue: ({ startsAt }) => startsAt,
    exportValue: ({ startsAt }) => startsAt,
  },
  {
    id: 'id',
    header: 'Id',
    width: 140,
    hidden: true,
    mono: true,
    cell: ({ id }) => <SafeText text={id} mono oneLine />,
    exportValue: ({ id }) => id,
  },
]
