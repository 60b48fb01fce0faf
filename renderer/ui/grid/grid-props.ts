import type { ReactNode } from 'react'
import type { Column, Sort } from './column.ts'
import type { RowSource } from './rows.ts'
import type { Selection } from './selection.ts'

export type DataGridProps<Row> = RowSource<Row> & {
  /** Column widths and visibility are remembered under this name. */
  readonly name: string
  /** The accessible name: `Alerts`. */
  readonly label: string
  /** Keep the array stable (module scope or useMemo). */
  readonly columns: readonly Column<Row>[]
  readonly rowKey: (row: Row) => string
  /** The visible range changed: fetch what `rowAt` does not have. Both ends included. */
  readonly onRange?: ((first: number, last: number) => void) | undefined
  readonly onOpen?: ((row: Row) => void) | undefined
  readonly onPeek?: ((row: Row) => void) | undefined
  /** Esc, after the selection is empty. */
  readonly onBack?: (() => void) | undefined
  /** The row under the keyboard changed; undefined while it is not loaded or is a group. */
  readonly onActive?: ((row: Row | undefined) => void) | undefined
  readonly onToggleGroup?: ((key: string) => void) | undefined
  /** The row whose detail is shown. */
  readonly openKey?: string | null | undefined
  readonly sort?: Sort | null | undefined
  readonly onSort?: ((sort: Sort | null) => void) | undefined
  /** With `onSelection`, rows can be selected. */
  readonly selection?: Selection | undefined
  readonly onSelection?: ((selection: Selection) => void) | undefined
  /** Rows without group headings, for "all selected"; default `count`. */
  readonly total?: number | undefined
  readonly rowHeight?: 22 | 28 | 36 | undefined
  readonly empty?: ReactNode
  readonly busy?: boolean | undefined
}
