import { clsx } from 'clsx'
import { CheckCheck, StickyNote } from 'lucide-react'
import type { AlertRow } from '#preload/observability/alerts.ts'
import { Tag } from '#renderer/ui/Badge.tsx'
import { plural } from '#renderer/ui/format.ts'
import type { Column } from '#renderer/ui/grid/column.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { SeverityMark } from '#renderer/ui/SeverityMark.tsx'
import { StateMark } from '#renderer/ui/StateMark.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { keyLabels } from './labels.ts'
import { useIsStale } from './stale-sources.ts'

export const isProduction = (environment: string): boolean => /^prod(uction)?$/.test(environment)

export function EnvironmentTag({ environment }: { readonly environment: string }) {
  return <Tag tone={isProduction(environment) ? 'high' : 'neutral'}>{environment}</Tag>
}

const chip = 'max-w-60 shrink-0 rounded-sm border border-line bg-surface-1 px-1.5 font-mono text-label'

function Name({ alert }: { readonly alert: AlertRow }) {
  return (
    <span className="flex min-w-0 items-baseline gap-2">
      <SafeText text={alert.name} oneLine className="max-w-full shrink-0 font-medium" />
      <SafeText text={alert.summary} oneLine className="min-w-0 text-secondary text-muted" />
    </span>
  )
}

function Sources({ alert }: { readonly alert: AlertRow }) {
  const isStale = useIsStale()
  const stale = alert.sources.length > 0 && alert.sources.every(({ id }) => isStale(id))
  const names = alert.sources.map(({ name }) => name).join(', ')
  return (
    <span className={clsx('flex min-w-0 items-baseline gap-1', stale && 'text-warning')}>
      <SafeText text={names} oneLine />
      {stale ? <span className="shrink-0 text-label">stale</span> : null}
    </span>
  )
}

function Marks({ alert }: { readonly alert: AlertRow }) {
  const { acknowledgement, notes } = alert
  return (
    <span className="flex items-center gap-1.5">
      {acknowledgement === null ? null : (
        <span title={`Acknowledged by ${acknowledgement.by}`} className="text-accent">
          <CheckCheck aria-hidden size={13} />
          <span className="sr-only">acknowledged by {acknowledgement.by}</span>
        </span>
      )}
      {notes === 0 ? null : (
        <span title={plural(notes, 'note')} className="inline-flex items-center gap-0.5 text-muted">
          <StickyNote aria-hidden size={12} />
          <span className="text-label">{notes}</span>
          <span className="sr-only"> {notes === 1 ? 'note' : 'notes'}</span>
        </span>
      )}
    </span>
  )
}

/** Ordered by what matters when the detail leaves little room. The ids of sortable ones are the contract's. */
export const alertColumns: readonly Column<AlertRow>[] = [
  {
    id: 'severity',
    header: 'Severity',
    width: 96,
    fixed: true,
    sortable: true,
    cell: ({ severity }) => <SeverityMark severity={severity} />,
    exportValue: ({ severity }) => severity,
  },
  {
    id: 'name',
    header: 'Alert',
    width: 230,
    grow: 3,
    fixed: true,
    sortable: true,
    cell: (alert) => <Name alert={alert} />,
    exportValue: ({ name }) => name,
  },
  {
    id: 'state',
    header: 'State',
    width: 128,
    sortable: true,
    cell: ({ state }) => <StateMark state={state} />,
    exportValue: ({ state }) => state,
  },
  {
    id: 'since',
    header: 'Since',
    width: 80,
    align: 'end',
    sortable: true,
    cell: ({ since }) => <RelativeTime at={since} />,
    exportValue: ({ since }) => since,
  },
  {
    id: 'environment',
    header: 'Environment',
    width: 96,
    sortable: true,
    cell: ({ environment }) => <EnvironmentTag environment={environment} />,
    exportValue: ({ environment }) => environment,
  },
  {
    id: 'labels',
    header: 'Labels',
    width: 170,
    grow: 2,
    cell: ({ labels }) => (
      <span className="flex min-w-0 gap-1 overflow-hidden">
        {keyLabels(labels).map(([name, value]) => (
          // One element each: a screen of rows has hundreds of them.
          <SafeText key={name} text={`${name}=${value}`} oneLine className={chip} />
        ))}
      </span>
    ),
    exportValue: ({ labels }) => JSON.stringify(labels),
  },
  {
    id: 'sources',
    header: 'Source',
    width: 96,
    cell: (alert) => <Sources alert={alert} />,
    exportValue: ({ sources }) => sources.map(({ name }) => name).join(', '),
  },
  {
    id: 'assignee',
    header: 'Assignee',
    width: 84,
    sortable: true,
    cell: ({ assignee }) => (assignee === null ? null : <SafeText text={assignee} oneLine />),
    exportValue: ({ assignee }) => assignee,
  },
  {
    id: 'marks',
    header: 'Notes',
    width: 64,
    cell: (alert) => <Marks alert={alert} />,
    exportValue: ({ notes }) => notes,
  },
  {
    id: 'summary',
    header: 'Summary',
    width: 240,
    hidden: true,
    cell: ({ summary }) => <SafeText text={summary} oneLine />,
    exportValue: ({ summary }) => summary,
  },
]
