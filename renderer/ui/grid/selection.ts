/**
 * Chosen rows by key. `all` selects everything including what is not loaded, and `keys` are then the exceptions; this is
 * what makes "select all" honest over a list of which only a window is held.
 */
export type Selection = { readonly all: boolean; readonly keys: ReadonlySet<string> }

export const nothingSelected: Selection = { all: false, keys: new Set() }
export const everythingSelected: Selection = { all: true, keys: new Set() }

export const isSelected = (selection: Selection, key: string): boolean => selection.keys.has(key) !== selection.all

export function setSelected(selection: Selection, keys: Iterable<string>, selected: boolean): Selection {
  const next = new Set(selection.keys)
  for (const key of keys) {
    if (selected === selection.all) next.delete(key)
    else next.add(key)
  }
  return { all: selection.all, keys: next }
}

export const toggleSelected = (selection: Selection, key: string): Selection =>
  setSelected(selection, [key], !isSelected(selection, key))

/** How many of `total` rows are selected. */
export const selectedCount = (selection: Selection, total: number): number =>
  selection.all ? Math.max(0, total - selection.keys.size) : selection.keys.size

/** For the checkbox in the header. */
export function selectionState(selection: Selection, total: number): 'none' | 'some' | 'all' {
  const count = selectedCount(selection, total)
  if (count === 0) return 'none'
  return count >= total ? 'all' : 'some'
}

/** The selected ones of rows that are held. */
export const selectedOf = <Row>(
  selection: Selection,
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): readonly Row[] => rows.filter((row) => isSelected(selection, keyOf(row)))
