import { describe, expect, it } from 'vitest'
import { type Column, exportColumns, gridTemplate, nextSort, sortRows } from './column.ts'
import { indicesBetween, rowAfterKey } from './motion.ts'
import { findNear, groupedRowsOf, isGroupRow, rowsOf } from './rows.ts'
import {
  everythingSelected,
  isSelected,
  nothingSelected,
  selectedCount,
  selectionState,
  setSelected,
  toggleSelected,
} from './selection.ts'

type Host = { readonly name: string; readonly load: number }
const hosts: readonly Host[] = [
  { name: 'web-10', load: 3 },
  { name: 'web-9', load: 3 },
  { name: 'db-1', load: 1 },
]
const columns: readonly Column<Host>[] = [
  { id: 'name', header: 'Name', width: 100, cell: (row) => row.name, sortValue: (row) => row.name },
  {
    id: 'load',
    header: 'Load',
    width: 60,
    cell: (row) => row.load,
    sortValue: (row) => row.load,
    exportValue: (row) => row.load,
  },
]

describe('sorting', () => {
  it('goes ascending, descending, none', () => {
    const first = nextSort(null, 'name')
    expect(first).toEqual({ column: 'name', descending: false })
    expect(nextSort(first, 'name')).toEqual({ column: 'name', descending: true })
    expect(nextSort({ column: 'name', descending: true }, 'name')).toBeNull()
    expect(nextSort({ column: 'name', descending: true }, 'load')).toEqual({ column: 'load', descending: false })
  })
  it('orders numbers inside of names as numbers, and keeps ties in place', () => {
    expect(sortRows(hosts, columns, { column: 'name', descending: false }).map(({ name }) => name)).toEqual([
      'db-1',
      'web-9',
      'web-10',
    ])
    expect(sortRows(hosts, columns, { column: 'load', descending: true }).map(({ name }) => name)).toEqual([
      'web-10',
      'web-9',
      'db-1',
    ])
  })
  it('leaves the order alone for a column it does not know', () => {
    expect(sortRows(hosts, columns, { column: 'gone', descending: false })).toBe(hosts)
  })
})

describe('columns', () => {
  it('exports only columns that say what they export', () => {
    expect(exportColumns(columns).map(({ header }) => header)).toEqual(['Load'])
  })
  it('fills the row when no column grows', () => {
    const fixed = { width: 100, grow: 0 }
    expect(gridTemplate([fixed, { width: 80, grow: 2 }], 28, 0)).toBe('28px 100px minmax(80px, 2fr)')
    expect(gridTemplate([fixed], 0, 28)).toBe('100px minmax(0, 1fr) 28px')
  })
})

describe('selection', () => {
  it('selects everything, also rows that are not loaded, but for exceptions', () => {
    const allButOne = toggleSelected(everythingSelected, 'b')
    expect(isSelected(allButOne, 'never loaded')).toBe(true)
    expect(isSelected(allButOne, 'b')).toBe(false)
    expect(selectedCount(allButOne, 100_000)).toBe(99_999)
    expect(selectionState(allButOne, 100_000)).toBe('some')
    expect(toggleSelected(allButOne, 'b')).toEqual(everythingSelected)
  })
  it('adds and removes a range', () => {
    const three = setSelected(nothingSelected, ['a', 'b', 'c'], true)
    expect(selectedCount(three, 10)).toBe(3)
    expect([...setSelected(three, ['b', 'z'], false).keys]).toEqual(['a', 'c'])
    expect(selectionState(three, 3)).toBe('all')
    expect(nothingSelected.keys.size).toBe(0)
  })
})

describe('moving', () => {
  it('follows the keys and stops at the ends', () => {
    expect(rowAfterKey('j', 0, 10, 5)).toBe(1)
    expect(rowAfterKey('ArrowUp', 0, 10, 5)).toBe(0)
    expect(rowAfterKey('PageDown', 0, 10, 5)).toBe(4)
    expect(rowAfterKey('PageDown', 8, 10, 5)).toBe(9)
    expect(rowAfterKey('Home', 8, 10, 5)).toBe(0)
    expect(rowAfterKey('End', 0, 10, 5)).toBe(9)
    expect(rowAfterKey('q', 0, 10, 5)).toBeNull()
    expect(rowAfterKey('j', 0, 0, 5)).toBeNull()
  })
  it('ranges in either direction', () => {
    expect(indicesBetween(2, 4)).toEqual([2, 3, 4])
    expect(indicesBetween(4, 2)).toEqual([2, 3, 4])
  })
})

describe('row sources', () => {
  const byLoad = (collapsed: readonly string[]) =>
    groupedRowsOf(hosts, (host) => `load ${host.load}`, new Set(collapsed))
  it('puts rows under headings with their counts, and hides those of a collapsed one', () => {
    const open = byLoad([])
    expect(open.count).toBe(5)
    expect(open.rowAt(0)).toMatchObject({ title: 'load 3', count: 2, collapsed: false })
    const folded = byLoad(['load 3'])
    expect(folded.count).toBe(3)
    expect(isGroupRow(folded.rowAt(1))).toBe(true)
    expect(folded.rowAt(2)).toBe(hosts[2])
  })
  it('finds a row again after others arrived above it', () => {
    const keyOf = (item: unknown) => (isGroupRow(item) ? item.key : (item as Host).name)
    const moved = rowsOf([{ name: 'new-1', load: 0 }, { name: 'new-2', load: 0 }, ...hosts])
    expect(findNear(moved, keyOf, 'web-10', 0)).toBe(2)
    expect(findNear(moved, keyOf, 'gone', 0)).toBeNull()
  })
})
