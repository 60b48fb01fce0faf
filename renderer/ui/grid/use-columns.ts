import {
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { useEffect, useMemo } from 'react'
import { type Column, gridTemplate } from './column.ts'

const features = tableFeatures({ columnVisibilityFeature, columnSizingFeature, columnResizingFeature })
// The table is used for its column model alone: our rows are windowed, and a row model wants all of them.
const noRows: readonly never[] = []

type Layout = { readonly widths: Record<string, number>; readonly shown: Record<string, boolean> }

const isNumber = (value: unknown): value is number => typeof value === 'number' && value >= 24 && value <= 4_000
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'

function entriesOf<Value>(value: unknown, fits: (candidate: unknown) => candidate is Value): Record<string, Value> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return Object.fromEntries(entries.filter((entry): entry is [string, Value] => fits(entry[1])))
}

function recall(name: string): Layout {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(`columns:${name}`) ?? '{}')
    const part = (key: string) => (typeof stored === 'object' && stored !== null ? Reflect.get(stored, key) : undefined)
    return { widths: entriesOf(part('widths'), isNumber), shown: entriesOf(part('shown'), isFlag) }
  } catch {
    return { widths: {}, shown: {} }
  }
}

function remember(name: string, layout: Layout): void {
  try {
    localStorage.setItem(`columns:${name}`, JSON.stringify(layout))
  } catch {
    // Columns work without memory.
  }
}

const initialLayout = <Row>(name: string, columns: readonly Column<Row>[]) => {
  const { widths, shown } = recall(name)
  const hidden = Object.fromEntries(columns.filter(({ hidden }) => hidden === true).map(({ id }) => [id, false]))
  return { columnSizing: widths, columnVisibility: { ...hidden, ...shown } }
}

/** Visibility and widths of columns, remembered under the grid's name. */
export function useColumns<Row>(name: string, columns: readonly Column<Row>[], leading: number, trailing: number) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: memory is read once
  const initialState = useMemo(() => initialLayout(name, columns), [name])
  const definitions = useMemo(
    () =>
      columns.map((column) => ({
        id: column.id,
        header: column.header,
        size: column.width,
        minSize: column.minWidth ?? 48,
        enableHiding: column.fixed !== true,
      })),
    [columns],
  )
  const table = useTable({ features, columns: definitions, data: noRows, columnResizeMode: 'onChange', initialState })
  const { columnSizing, columnVisibility } = table.state

  useEffect(() => {
    remember(name, { widths: columnSizing, shown: columnVisibility })
  }, [name, columnSizing, columnVisibility])

  const visible = useMemo(
    () => columns.filter((column) => column.fixed === true || columnVisibility[column.id] !== false),
    [columns, columnVisibility],
  )
  const layout = useMemo(() => {
    const tracks = visible.map((column) => {
      const chosen = columnSizing[column.id]
      return { width: chosen ?? column.width, grow: chosen === undefined ? (column.grow ?? 0) : 0 }
    })
    const minWidth = tracks.reduce((sum, track) => sum + track.width, leading + trailing)
    return { template: gridTemplate(tracks, leading, trailing), minWidth }
  }, [visible, columnSizing, leading, trailing])

  const headers = new Map(table.getFlatHeaders().map((header) => [header.column.id, header]))
  return {
    visible,
    ...layout,
    /** Starts a drag of the column's edge. */
    startResize: (id: string) => headers.get(id)?.getResizeHandler(),
    /** Sets a width from the keyboard; `from` is the width on screen. */
    resizeBy: (id: string, from: number, by: number) =>
      table.setColumnSizing((sizes) => ({ ...sizes, [id]: Math.max(48, from + by) })),
    resetWidth: (id: string) => table.getColumn(id)?.resetSize(),
    isShown: (id: string) => columnVisibility[id] !== false,
    show: (id: string, shown: boolean) => table.getColumn(id)?.toggleVisibility(shown),
  }
}

export type ColumnModel<Row> = ReturnType<typeof useColumns<Row>>
