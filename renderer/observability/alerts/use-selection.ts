import { useEffect, useRef, useState } from 'react'
import type { AlertFilter, AlertRow } from '#preload/observability/alerts.ts'
import { nothingSelected, type Selection, selectedCount } from '#renderer/ui/grid/selection.ts'
import type { Target } from './target.ts'
import { type Held, heldAlerts, type InboxAnswer } from './window.ts'

/** The chosen alerts, over all windows. Another filter is another list, and begins with nothing chosen. */
export function useSelection(filter: AlertFilter, held: Held<InboxAnswer> | null) {
  const [selection, setSelection] = useState(nothingSelected)
  const known = useRef(new Map<string, AlertRow>())
  const key = JSON.stringify(filter)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the filter
  useEffect(() => {
    setSelection(nothingSelected)
    known.current.clear()
  }, [key])

  const remember = () => {
    for (const alert of heldAlerts(held)) if (selection.keys.has(alert.id)) known.current.set(alert.id, alert)
  }
  const choose = (next: Selection) => {
    // A row was held when it was chosen; its window may be gone when it is acted on.
    for (const alert of heldAlerts(held)) if (next.keys.has(alert.id)) known.current.set(alert.id, alert)
    setSelection(next)
  }
  const target = (): Target | null => {
    remember()
    const count = selectedCount(selection, held?.answer.total ?? 0)
    if (count === 0) return null
    if (selection.all) return { kind: 'all', filter, except: selection.keys, count }
    const alerts = [...selection.keys].flatMap((id) => known.current.get(id) ?? [])
    return alerts.length === 0 ? null : { kind: 'alerts', alerts }
  }
  return { selection, choose, target, clear: () => setSelection(nothingSelected) }
}
