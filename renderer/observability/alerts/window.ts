import type { AlertRow, InboxRow } from '#preload/observability/alerts.ts'
import type { GroupRow } from '#renderer/ui/grid/rows.ts'

/** Rows of one window. Windows begin every `step` rows, so neighbours overlap and scrolling meets no gap. */
export const windowSize = 200
const step = 100
const margin = 20
const windowsHeld = 4

/** Where the window begins that holds a screen of rows from `first`, with room before it. */
export const windowOffset = (first: number): number => Math.max(0, Math.floor((first - margin) / step) * step)

export type InboxItem = AlertRow | GroupRow

/** A window as the application answered it. */
export type InboxAnswer = {
  readonly revision: number
  readonly total: number
  readonly length: number
  readonly offset: number
  readonly rows: readonly InboxRow[]
}

type HeldWindow = { readonly answer: InboxAnswer; readonly items: readonly InboxItem[] }

/** What is shown of one view: the newest answer, and the last few windows of its rows, newest first. */
export type Held<Answer extends InboxAnswer> = {
  readonly view: string
  readonly answer: Answer
  readonly windows: readonly HeldWindow[]
}

/** Takes an answer in. The windows of another view go; of this view the newest few stay. */
export function hold<Answer extends InboxAnswer>(
  held: Held<Answer> | null,
  view: string,
  answer: Answer,
  toItem: (row: InboxRow) => InboxItem,
): Held<Answer> {
  const before = held?.view === view ? held.windows : []
  if (before[0]?.answer === answer && held !== null) return held
  const known = before.find((window) => window.answer === answer)
  const items = known?.items ?? answer.rows.map(toItem)
  const others = before.filter((window) => window.answer.offset !== answer.offset)
  return { view, answer, windows: [{ answer, items }, ...others].slice(0, windowsHeld) }
}

export function itemAt(held: Held<InboxAnswer> | null, index: number): InboxItem | undefined {
  for (const { answer, items } of held?.windows ?? []) {
    const item = items[index - answer.offset]
    if (item !== undefined) return item
  }
  return undefined
}

/** The alerts among the rows that are held. */
export const heldAlerts = (held: Held<InboxAnswer> | null): readonly AlertRow[] =>
  (held?.windows ?? []).flatMap(({ answer }) => answer.rows.flatMap((row) => (row.kind === 'alert' ? row.alert : [])))
