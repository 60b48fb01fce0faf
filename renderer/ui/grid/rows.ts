import type { ReactNode } from 'react'

const groupMark: unique symbol = Symbol('group row')

/** A heading among the rows. */
export type GroupRow = {
  readonly [groupMark]: true
  readonly key: string
  readonly title: string
  /** Rows below it, also when collapsed. */
  readonly count: number
  readonly collapsed: boolean
  /** What else the heading tells, beside the count. */
  readonly aside?: ReactNode
}

export const groupRow = (group: Omit<GroupRow, typeof groupMark>): GroupRow => ({ [groupMark]: true, ...group })

export const isGroupRow = (item: unknown): item is GroupRow =>
  typeof item === 'object' && item !== null && groupMark in item

/** Rows by position. `rowAt` answers undefined for what is not loaded yet; the grid shows a placeholder there. */
export type RowSource<Row> = {
  readonly count: number
  readonly rowAt: (index: number) => Row | GroupRow | undefined
}

/** The trivial source: everything is here. */
export const rowsOf = <Row>(rows: readonly Row[]): RowSource<Row> => ({
  count: rows.length,
  rowAt: (index) => rows[index],
})

/** Rows under collapsible headings, in order of the first appearance of each group. */
export function groupedRowsOf<Row>(
  rows: readonly Row[],
  groupOf: (row: Row) => string,
  collapsed: ReadonlySet<string>,
): RowSource<Row> {
  const groups = Map.groupBy(rows, groupOf)
  const items: (Row | GroupRow)[] = []
  for (const [key, members] of groups) {
    const isCollapsed = collapsed.has(key)
    items.push(groupRow({ key, title: key, count: members.length, collapsed: isCollapsed }))
    if (!isCollapsed) for (const member of members) items.push(member)
  }
  return { count: items.length, rowAt: (index) => items[index] }
}

/** Where a row went after the rows changed, looking outwards from where it was; null when it is not near or not loaded. */
export function findNear<Row>(
  source: RowSource<Row>,
  keyOf: (item: Row | GroupRow) => string,
  key: string,
  from: number,
  reach = 500,
): number | null {
  const holds = (index: number) => {
    const item = index >= 0 && index < source.count ? source.rowAt(index) : undefined
    return item !== undefined && keyOf(item) === key
  }
  for (let distance = 0; distance <= reach; distance += 1) {
    if (holds(from + distance)) return from + distance
    if (holds(from - distance)) return from - distance
  }
  return null
}
