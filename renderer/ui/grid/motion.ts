/** Keys of a list, as `?` shows them. The grid handles them while the focus is on a row. */
export const gridKeys: readonly { readonly shortcut: string; readonly title: string }[] = [
  { shortcut: 'j', title: 'Next row (also ↓)' },
  { shortcut: 'k', title: 'Previous row (also ↑)' },
  { shortcut: 'PageDown', title: 'A page down' },
  { shortcut: 'PageUp', title: 'A page up' },
  { shortcut: 'Home', title: 'First row' },
  { shortcut: 'End', title: 'Last row' },
  { shortcut: 'Enter', title: 'Open the row, or fold a group' },
  { shortcut: 'Space', title: 'Peek' },
  { shortcut: 'x', title: 'Select' },
  { shortcut: 'Shift+ArrowDown', title: 'Extend the selection' },
  { shortcut: 'Mod+A', title: 'Select all' },
  { shortcut: 'Esc', title: 'Step back' },
]

/** The row a key leads to, or null when the key does not move. `page` is the number of rows in view. */
export function rowAfterKey(key: string, current: number, count: number, page: number): number | null {
  if (count === 0) return null
  const clamp = (index: number) => Math.min(Math.max(index, 0), count - 1)
  switch (key) {
    case 'ArrowDown':
    case 'j':
    case 'J':
      return clamp(current + 1)
    case 'ArrowUp':
    case 'k':
    case 'K':
      return clamp(current - 1)
    case 'PageDown':
      return clamp(current + Math.max(1, page - 1))
    case 'PageUp':
      return clamp(current - Math.max(1, page - 1))
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return null
  }
}

/** The indices from one row to another, both included, in ascending order. */
export function indicesBetween(from: number, to: number): readonly number[] {
  const first = Math.min(from, to)
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, at) => first + at)
}
