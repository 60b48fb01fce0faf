import { type InboxRow, severities } from '#preload/observability/alerts.ts'
import { formatNumber } from '#renderer/ui/format.ts'
import { groupRow } from '#renderer/ui/grid/rows.ts'
import { SeverityMark } from '#renderer/ui/SeverityMark.tsx'
import type { InboxItem } from './window.ts'

type Group = Extract<InboxRow, { kind: 'group' }>

const titleOf = ({ labels }: Group): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value === '' ? '(none)' : value}`)
    .join('  ')

function Counts({ bySeverity }: Pick<Group, 'bySeverity'>) {
  return (
    <span className="flex shrink-0 items-center gap-3 pl-2 text-secondary">
      {severities
        .filter((severity) => bySeverity[severity] > 0)
        .map((severity) => (
          <SeverityMark
            key={severity}
            severity={severity}
            word={`${formatNumber(bySeverity[severity], 0)} ${severity}`}
          />
        ))}
    </span>
  )
}

/** A row of the inbox as the grid takes it. */
export function toItem(row: InboxRow): InboxItem {
  if (row.kind === 'alert') return row.alert
  const { key, count, collapsed, bySeverity } = row
  return groupRow({ key, count, collapsed, title: titleOf(row), aside: <Counts bySeverity={bySeverity} /> })
}
