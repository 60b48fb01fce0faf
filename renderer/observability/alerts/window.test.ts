import { describe, expect, it } from 'vitest'
import type { AlertRow, InboxRow } from '#preload/observability/alerts.ts'
import { heldAlerts, hold, type InboxAnswer, type InboxItem, itemAt, windowOffset, windowSize } from './window.ts'

const alertRow = (id: string): AlertRow => ({
  id,
  name: id,
  severity: 'critical',
  state: 'firing',
  since: '2025-01-01T00:00:00Z',
  endedAt: null,
  summary: '',
  labels: {},
  environment: 'prod',
  sources: [],
  acknowledgement: null,
  assignee: null,
  notes: 0,
})

const answer = (offset: number, length: number, name = 'a'): InboxAnswer => ({
  revision: 1,
  total: length,
  length,
  offset,
  rows: Array.from(
    { length: Math.min(windowSize, length - offset) },
    (_, at): InboxRow => ({
      kind: 'alert',
      alert: alertRow(`${name}${offset + at}`),
    }),
  ),
})

const toItem = (row: InboxRow): InboxItem => {
  if (row.kind === 'group') throw new TypeError('no groups here')
  return row.alert
}
const idAt = (held: Parameters<typeof itemAt>[0], index: number) => (itemAt(held, index) as AlertRow | undefined)?.id

describe('the window that is asked for', () => {
  it('holds a tall screen of rows wherever the list is scrolled to, with room before it', () => {
    for (let first = 0; first < 5_000; first++) {
      const offset = windowOffset(first)
      expect(offset).toBeLessThanOrEqual(first)
      expect(offset + windowSize).toBeGreaterThanOrEqual(first + 80)
      if (first >= 20) expect(first - offset).toBeGreaterThanOrEqual(20)
    }
  })
})

describe('what is held of a list', () => {
  it('keeps neighbouring windows, so that scrolling back shows rows at once', () => {
    const first = hold(null, 'v', answer(0, 1_000), toItem)
    const second = hold(first, 'v', answer(100, 1_000), toItem)
    expect([idAt(second, 5), idAt(second, 150), idAt(second, 299), idAt(second, 300)]).toEqual([
      'a5',
      'a150',
      'a299',
      undefined,
    ])
  })

  it('takes the newest word of a row that two windows tell of', () => {
    const first = hold(null, 'v', answer(0, 1_000, 'old'), toItem)
    const second = hold(first, 'v', answer(100, 1_000, 'new'), toItem)
    expect(idAt(second, 120)).toBe('new120')
  })

  it('forgets the rows of another view', () => {
    const held = hold(hold(null, 'v', answer(0, 1_000), toItem), 'w', answer(0, 3, 'b'), toItem)
    expect([idAt(held, 0), idAt(held, 100)]).toEqual(['b0', undefined])
    expect(heldAlerts(held)).toHaveLength(3)
  })

  it('is the same object for the same answer, and keeps its items, so that nothing draws again', () => {
    const one = answer(0, 1_000)
    const first = hold(null, 'v', one, toItem)
    expect(hold(first, 'v', one, toItem)).toBe(first)
    const back = hold(hold(first, 'v', answer(100, 1_000), toItem), 'v', one, toItem)
    expect(back.windows[0]?.items).toBe(first.windows[0]?.items)
  })

  it('does not grow with scrolling', () => {
    let held = hold(null, 'v', answer(0, 10_000), toItem)
    for (let offset = 100; offset < 9_000; offset += 100) held = hold(held, 'v', answer(offset, 10_000), toItem)
    expect(held.windows.length).toBeLessThanOrEqual(4)
  })
})
