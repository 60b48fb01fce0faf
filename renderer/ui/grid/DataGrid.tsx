import { defaultRangeExtractor, type Range, useVirtualizer, type Virtualizer } from '@tanstack/react-virtual'
import { type CSSProperties, useCallback, useEffect, useRef } from 'react'
import { useCommands } from '../commands.ts'
import { GridHeader } from './GridHeader.tsx'
import { GridRow } from './GridRow.tsx'
import type { DataGridProps } from './grid-props.ts'
import { isGroupRow } from './rows.ts'
import { everythingSelected, isSelected, nothingSelected, selectionState } from './selection.ts'
import { useColumns } from './use-columns.ts'
import { useGridKeys } from './use-grid-keys.ts'

const headerHeight = 28
/**
 * Far down a long list the browser paints by float32, two pixels at a time, and text tears where its tiles meet. There the
 * rows are a layer of their own, placed from a near origin that stands on a whole even pixel. Short lists have none.
 */
const originStep = 100_000
const originOf = (top: number): number => Math.floor(top / originStep) * originStep
const layerStyle = (origin: number): CSSProperties | undefined =>
  origin === 0 ? undefined : { transform: `translateY(${origin}px)`, willChange: 'transform' }
/** The active row may be far from what is seen; within reach of the layer it does not make the layer as long as the list. */
const inLayer = (top: number): number => Math.max(-originStep, Math.min(2 * originStep, top))

const gridStyle = (template: string): CSSProperties => ({ '--grid-columns': template }) as CSSProperties

/** The list of the product: virtualised, windowed, keyboard-first. */
export function DataGrid<Row>(props: DataGridProps<Row>) {
  const { name, label, columns, count, rowAt, rowKey, onRange, openKey, sort = null, onSort, empty, busy } = props
  const { selection = nothingSelected, onSelection, total = count, rowHeight = 28 } = props
  const selectable = onSelection !== undefined
  const scroller = useRef<HTMLDivElement>(null)
  const model = useColumns(name, columns, selectable ? 32 : 0, 28)
  const virtual = useRef<Virtualizer<HTMLDivElement, HTMLDivElement>>(null)
  const scrollTo = (index: number) => virtual.current?.scrollToIndex(index, { align: 'auto' })
  const keys = useGridKeys(props, scroller, scrollTo)

  // From anywhere on the screen the first `j` enters the list; inside of it the grid takes the key itself.
  useCommands([
    {
      id: `list:${name}`,
      title: `Go to the list: ${label}`,
      area: 'This screen',
      shortcut: 'j',
      when: () => count > 0,
      run: keys.focusActive,
    },
  ])

  const active = keys.active
  const rangeExtractor = useCallback(
    // The active row stays mounted wherever the list is scrolled to: it holds the tab stop.
    (range: Range) => {
      const indices = defaultRangeExtractor(range)
      if (active >= range.count || indices.includes(active)) return indices
      return active < (indices[0] ?? 0) ? [active, ...indices] : [...indices, active]
    },
    [active],
  )
  const virtualizer = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
    scrollMargin: headerHeight,
    scrollPaddingStart: headerHeight,
    rangeExtractor,
  })
  virtual.current = virtualizer

  const { startIndex = 0, endIndex = 0 } = virtualizer.range ?? {}
  useEffect(() => {
    if (count > 0) onRange?.(startIndex, Math.min(endIndex, count - 1))
  }, [onRange, startIndex, endIndex, count])

  const origin = originOf(startIndex * rowHeight)
  const state = selectionState(selection, total)
  const selectAll = selectable
    ? { state, toggle: () => onSelection(state === 'all' ? nothingSelected : everythingSelected) }
    : undefined
  const selectedAt = (item: Row | undefined) =>
    selectable ? item !== undefined && isSelected(selection, rowKey(item)) : undefined

  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a <table>
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={count + 1}
      aria-colcount={model.visible.length + (selectable ? 2 : 1)}
      aria-multiselectable={selectable || undefined}
      aria-busy={busy}
      onKeyDown={keys.onKeyDown}
      onClick={keys.onClick}
      className="h-full min-h-0 overflow-auto overscroll-contain"
      style={gridStyle(model.template)}
    >
      <div style={{ minWidth: model.minWidth }}>
        <GridHeader
          columns={columns}
          model={model}
          sort={sort}
          onSort={onSort}
          selectAll={selectAll}
          onLeave={keys.focusActive}
        />
        {/* biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a <table> */}
        <div role="rowgroup" className="relative" style={{ height: virtualizer.getTotalSize() }}>
          <div role="presentation" className="absolute inset-x-0 top-0" style={layerStyle(origin)}>
            {virtualizer.getVirtualItems().map(({ index, start }) => {
              const item = rowAt(index)
              const row = isGroupRow(item) ? undefined : item
              return (
                <GridRow
                  key={index}
                  item={item}
                  index={index}
                  top={origin === 0 ? start - headerHeight : inLayer(start - headerHeight - origin)}
                  height={rowHeight}
                  columns={model.visible}
                  active={index === active}
                  open={row !== undefined && openKey !== undefined && rowKey(row) === openKey}
                  selected={selectedAt(row)}
                  onToggle={keys.toggle}
                />
              )
            })}
          </div>
        </div>
      </div>
      {count === 0 && empty ? (
        // biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a <table>
        // biome-ignore lint/a11y/useFocusableInteractive: what is focused is the button inside
        <div role="row">
          {/* biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a <table> */}
          {/* biome-ignore lint/a11y/useFocusableInteractive: what is focused is the button inside */}
          <div role="gridcell">{empty}</div>
        </div>
      ) : null}
    </div>
  )
}
