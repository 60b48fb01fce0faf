import type { InboxView } from '#preload/observability/alerts.ts'
import { api } from '#renderer/rpc/client.ts'

const page = 1_000

/** The keys of all groups of a view. Pages go from heading to heading, so large groups cost one answer each. */
export async function groupKeys(view: InboxView): Promise<readonly string[]> {
  const keys: string[] = []
  for (let offset = 0; ; ) {
    const { rows, length } = await api.alerts.list({ ...view, collapsed: [], offset, limit: page })
    let next = offset + rows.length
    rows.forEach((row, at) => {
      if (row.kind !== 'group') return
      keys.push(row.key)
      next = offset + at + 1 + row.count
    })
    if (rows.length === 0 || next >= length) return keys
    offset = next
  }
}
