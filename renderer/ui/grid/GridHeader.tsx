import { clsx } from 'clsx'
import { ArrowDown, ArrowUp, Columns3 } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef } from 'react'
import { IconButton } from '../Button.tsx'
import { Menu } from '../Menu.tsx'
import { type Column, nextSort, type Sort } from './column.ts'
import type { ColumnModel } from './use-columns.ts'

type GridHeaderProps<Row> = {
  readonly columns: readonly Column<Row>[]
  readonly model: ColumnModel<Row>
  readonly sort: Sort | null
  readonly onSort: ((sort: Sort | null) => void) | undefined
  /** Undefined: rows cannot be selected. */
  readonly selectAll: { readonly state: 'none' | 'some' | 'all'; readonly toggle: () => void } | undefined
  /** The focus goes back to the rows. */
  readonly onLeave: () => void
}

function ariaSort(sort: Sort | null, column: string): 'ascending' | 'descending' | undefined {
  if (sort?.column !== column) return undefined
  return sort.descending ? 'descending' : 'ascending'
}

function SelectAll({ state, toggle }: NonNullable<GridHeaderProps<unknown>['selectAll']>) {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (input.current !== null) input.current.indeterminate = state === 'some'
  }, [state])
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a <table>
    // biome-ignore lint/a11y/useFocusableInteractive: the checkbox inside is what acts; rows carry the roving focus
    <div role="columnheader" className="flex items-center justify-center">
      <input
        ref={input}
        type="checkbox"
        tabIndex={-1}
        aria-label="Select all rows"
        checked={state === 'all'}
        onChange={toggle}
        className="checkbox-native"
      />
    </div>
  )
}

function HeaderCell<Row>({ column, props }: { readonly column: Column<Row>; readonly props: GridHeaderProps<Row> }) {
  const { model, sort, onSort } = props
  const direction = ariaSort(sort, column.id)
  const sortable = column.sortable === true && onSort !== undefined
  const Arrow = direction === 'descending' ? ArrowDown : ArrowUp
  const press = () => {
    if (sortable) onSort(nextSort(sort, column.id))
  }
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const byKey = { ArrowLeft: -16, ArrowRight: 16 }[event.key]
    if (event.key === 'Enter' || event.key === ' ') press()
    else if (event.shiftKey && byKey !== undefined) model.resizeBy(column.id, event.currentTarget.offsetWidth, byKey)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const startResize = model.startResize(column.id)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a <table>
    <div
      role="columnheader"
      data-header=""
      tabIndex={-1}
      aria-sort={direction}
      onClick={press}
      onKeyDown={onKeyDown}
      className={clsx(
        'group/header relative flex min-w-0 items-center gap-1 px-2 text-muted select-none',
        column.align === 'end' && 'flex-row-reverse',
        sortable && 'hover:bg-hover hover:text-fg',
        direction !== undefined && 'text-fg',
      )}
    >
      <span className="truncate">{column.header}</span>
      {direction === undefined ? null : <Arrow aria-hidden size={12} className="shrink-0 text-accent" />}
      <span
        aria-hidden
        onClick={(event) => event.stopPropagation()}
        onDoubleClick={() => model.resetWidth(column.id)}
        onMouseDown={startResize}
        onTouchStart={startResize}
        className="absolute inset-y-1 -right-1 z-10 w-2 cursor-col-resize border-r-2 border-transparent group-hover/header:border-line hover:border-accent!"
      />
    </div>
  )
}

function ColumnChooser<Row>({ columns, model }: Pick<GridHeaderProps<Row>, 'columns' | 'model'>) {
  return (
    <Menu
      label="Columns"
      align="end"
      trigger={<IconButton icon={Columns3} size={24} label="Columns" tabIndex={-1} data-header="" />}
      items={[
        { kind: 'heading', id: 'heading', label: 'Columns' },
        ...columns.map((column) => ({
          kind: 'check' as const,
          id: column.id,
          label: column.header,
          checked: column.fixed === true || model.isShown(column.id),
          disabled: column.fixed === true,
          onChange: (shown: boolean) => model.show(column.id, shown),
        })),
      ]}
    />
  )
}

/** The header row. It is entered by ↑ from the first row: ← → move, Enter sorts, Shift+← → resize, ↓ leaves. */
export function GridHeader<Row>(props: GridHeaderProps<Row>) {
  const { columns, model, selectAll, onLeave } = props
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const cells = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-header]')]
    const focused = document.activeElement
    const at = focused instanceof HTMLElement ? cells.indexOf(focused) : -1
    if (at === -1) return
    if (event.key === 'ArrowDown' || event.key === 'Escape') onLeave()
    else if (event.key === 'ArrowLeft') cells[Math.max(0, at - 1)]?.focus()
    else if (event.key === 'ArrowRight') cells[Math.min(cells.length - 1, at + 1)]?.focus()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a <table>
    <div role="rowgroup" className="sticky top-0 z-10 bg-surface-1">
      {/* biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a <table> */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: its cells take the focus */}
      <div
        role="row"
        aria-rowindex={1}
        onKeyDown={onKeyDown}
        className="grid-tracks h-7 border-b border-line text-secondary font-medium"
      >
        {selectAll === undefined ? null : <SelectAll {...selectAll} />}
        {model.visible.map((column) => (
          <HeaderCell key={column.id} column={column} props={props} />
        ))}
        {/* biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a <table> */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: the button inside takes the focus */}
        <div
          role="columnheader"
          aria-label="Columns"
          className="sticky right-0 z-20 col-[-2] flex items-center justify-end bg-surface-1 pr-0.5"
        >
          <ColumnChooser columns={columns} model={model} />
        </div>
      </div>
    </div>
  )
}
