import { clsx } from 'clsx'
import { ChevronRight } from 'lucide-react'
import { memo } from 'react'
import { formatNumber } from '../format.ts'
import { SafeText } from '../SafeText.tsx'
import type { Column } from './column.ts'
import { type GroupRow, isGroupRow } from './rows.ts'

type GridRowProps<Row> = {
  readonly item: Row | GroupRow | undefined
  readonly index: number
  readonly top: number
  readonly height: number
  readonly columns: readonly Column<Row>[]
  readonly active: boolean
  readonly open: boolean
  /** Undefined: rows cannot be selected. */
  readonly selected: boolean | undefined
  readonly onToggle: (index: number) => void
}

// A row's size is fixed, so nothing in it can move what is outside: a quarter less work while scrolling.
const place = '[contain:strict] absolute inset-x-0 border-b border-line/60'

function Heading({ group, columns }: { readonly group: GroupRow; readonly columns: number }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a <table>
    // biome-ignore lint/a11y/useFocusableInteractive: rows carry the roving focus
    <div
      role="gridcell"
      aria-colspan={columns}
      aria-expanded={!group.collapsed}
      className="flex h-full min-w-0 items-center gap-1.5 px-2"
    >
      <ChevronRight aria-hidden size={13} className={clsx('shrink-0 text-muted', !group.collapsed && 'rotate-90')} />
      <SafeText text={group.title} oneLine className="min-w-0 font-medium" />
      <span className="text-secondary text-muted">{formatNumber(group.count, 0)}</span>
      {group.aside}
    </div>
  )
}

const widths = ['60%', '40%', '75%', '50%'] as const

function Cells<Row>({
  item,
  index,
  columns,
  selected,
  onToggle,
}: GridRowProps<Row> & { readonly item: Row | undefined }) {
  return (
    <>
      {selected === undefined ? null : (
        // biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a <table>
        // biome-ignore lint/a11y/useFocusableInteractive: rows carry the roving focus
        <div role="gridcell" data-select="" className="flex items-center justify-center">
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label="Select row"
            checked={selected}
            disabled={item === undefined}
            onChange={() => onToggle(index)}
            className={clsx('checkbox-native', !selected && 'opacity-50 group-hover/row:opacity-100')}
          />
        </div>
      )}
      {columns.map((column, at) => (
        // biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a <table>
        // biome-ignore lint/a11y/useFocusableInteractive: rows carry the roving focus
        <div
          key={column.id}
          role="gridcell"
          className={clsx(
            'flex min-w-0 items-center overflow-hidden px-2 whitespace-nowrap',
            column.align === 'end' && 'justify-end',
            column.mono === true && 'font-mono text-code',
          )}
        >
          {item === undefined ? (
            <span className="skeleton-bar h-2.5" style={{ width: widths[(index + at) % widths.length] }} />
          ) : (
            <span className="min-w-0 truncate">{column.cell(item)}</span>
          )}
        </div>
      ))}
    </>
  )
}

function Row<R>(props: GridRowProps<R>) {
  const { item, index, top, height, columns, active, open, selected } = props
  const group = isGroupRow(item) ? item : undefined
  const isRow = group === undefined
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a <table>
    <div
      role="row"
      data-index={index}
      data-roving=""
      data-active={active}
      tabIndex={active ? 0 : -1}
      aria-rowindex={index + 2}
      aria-selected={isRow ? selected : undefined}
      aria-current={open ? 'true' : undefined}
      aria-busy={item === undefined || undefined}
      className={clsx(
        place,
        'group/row focus-visible:z-[1]',
        isRow ? 'grid-tracks' : 'bg-surface-1',
        selected === true || open ? 'bg-selected' : 'hover:bg-hover',
        open && 'before:absolute before:inset-y-0 before:left-0 before:w-0.5 before:bg-accent',
      )}
      style={{ top, height }}
    >
      {group === undefined ? (
        <Cells {...props} item={isGroupRow(item) ? undefined : item} />
      ) : (
        <Heading group={group} columns={columns.length} />
      )}
    </div>
  )
}

/** One row at its place. Draws again only when something of it changes. */
export const GridRow = memo(Row) as typeof Row
