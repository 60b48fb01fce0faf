/** A document's title with a count before it, `(3) Alerts`; none for zero. A count that is there already is replaced. */
export function titleWithCount(title: string, count: number): string {
  const plain = title.replace(/^\(\d+\) /, '')
  return count === 0 ? plain : `(${count}) ${plain}`
}
