import type { ReactNode } from 'react'
import type { ExportColumn, ExportValue } from '../export.ts'

export type Column<Row> = {
  readonly id: string
  readonly header: string
  /** What stands in the cell. Controls inside carry `tabIndex={-1}`: Tab leaves the grid. */
  readonly cell: (row: Row) => ReactNode
  /** Pixels. */
  readonly width: number
  readonly minWidth?: number | undefined
  /** Share of the room that is left; 0 or missing keeps the width. */
  readonly grow?: number | undefined
  readonly align?: 'start' | 'end' | undefined
  readonly mono?: boolean | undefined
  readonly sortable?: boolean | undefined
  /** What a client-side sort compares; for `sortRows`. */
  readonly sortValue?: ((row: Row) => string | number) | undefined
  /** What an export writes; a column without it is not exported. */
  readonly exportValue?: ((row: Row) => ExportValue) | undefined
  /** Not shown until it is chosen. */
  readonly hidden?: boolean | undefined
  /** Cannot be hidden. */
  readonly fixed?: boolean | undefined
}

export type Sort = { readonly column: string; readonly descending: boolean }

/** The sort after a press on a header: ascending, descending, none. */
export function nextSort(sort: Sort | null, column: string): Sort | null {
  if (sort === null || sort.column !== column) return { column, descending: false }
  return sort.descending ? null : { column, descending: true }
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

const compare = (left: string | number, right: string | number): number =>
  typeof left === 'number' && typeof right === 'number' ? left - right : collator.compare(String(left), String(right))

/** A sorted copy for rows that are all held by the client. Stable; unknown or unsortable columns leave the order alone. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sort: Sort | null,
): readonly Row[] {
  const value = columns.find((column) => column.id === sort?.column)?.sortValue
  if (sort === null || value === undefined) return rows
  const direction = sort.descending ? -1 : 1
  return rows.toSorted((left, right) => direction * compare(value(left), value(right)))
}

/** The columns of an export, in order. */
export function exportColumns<Row>(columns: readonly Column<Row>[]): readonly ExportColumn<Row>[] {
  return columns.flatMap(({ header, exportValue }) =>
    exportValue === undefined ? [] : [{ header, value: exportValue }],
  )
}

export type Track = { readonly width: number; readonly grow: number }

/** `grid-template-columns` of header and rows; a filler takes the room when no column grows. */
export function gridTemplate(tracks: readonly Track[], leading: number, trailing: number): string {
  const columns = tracks.map(({ width, grow }) => (grow > 0 ? `minmax(${width}px, ${grow}fr)` : `${width}px`))
  const filler = tracks.some(({ grow }) => grow > 0) ? [] : ['minmax(0, 1fr)']
  const edge = (width: number) => (width > 0 ? [`${width}px`] : [])
  return [...edge(leading), ...columns, ...filler, ...edge(trailing)].join(' ')
}
