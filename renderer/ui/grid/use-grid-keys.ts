import {
  type KeyboardEvent,
  type MouseEvent,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import type { DataGridProps } from './grid-props.ts'
import { indicesBetween, rowAfterKey } from './motion.ts'
import { findNear, type GroupRow, isGroupRow } from './rows.ts'
import { everythingSelected, nothingSelected, selectedCount, setSelected, toggleSelected } from './selection.ts'

type Place = { readonly index: number; readonly key: string | null }

const interactive = 'button, a, input, select, textarea, [role="button"]'

/** Focus, movement, opening and selection of a grid, by keyboard and pointer. */
export function useGridKeys<Row>(
  props: DataGridProps<Row>,
  scroller: RefObject<HTMLDivElement | null>,
  scrollTo: (index: number) => void,
) {
  const { count, rowAt, rowKey, onActive } = props
  const latest = useRef(props)
  latest.current = props
  const [place, setPlace] = useState<Place>({ index: 0, key: null })
  const anchor = useRef<number | null>(null)
  const focusWanted = useRef(false)

  const keyOf = (item: Row | GroupRow): string => (isGroupRow(item) ? `group:${item.key}` : rowKey(item))
  const active = locate()
  // The row under the keyboard keeps the focus when others arrive or leave around it.
  function locate(): number {
    const stay = Math.min(place.index, Math.max(0, count - 1))
    const item = rowAt(stay)
    if (place.key === null || (item !== undefined && keyOf(item) === place.key)) return stay
    return findNear({ count, rowAt }, keyOf, place.key, stay) ?? stay
  }

  const rowElement = (index: number) => scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)
  const focusActive = () => {
    scrollTo(active)
    rowElement(active)?.focus({ preventScroll: true })
  }

  // While the focus is within, it follows the active row; the browser would lose it when rows are reused.
  useLayoutEffect(() => {
    const element = rowElement(active)
    if (element === undefined || element === null) return
    const focused = document.activeElement
    const onOtherRow = focused instanceof HTMLElement && focused.dataset.index !== undefined && focused !== element
    const within = onOtherRow && scroller.current?.contains(focused) === true
    if (!focusWanted.current && !within) return
    focusWanted.current = false
    element.focus({ preventScroll: true })
  })

  const activeItem = rowAt(active)
  const activeRow = isGroupRow(activeItem) ? undefined : activeItem
  const activeKey = activeRow === undefined ? undefined : rowKey(activeRow)
  // biome-ignore lint/correctness/useExhaustiveDependencies: told when another row becomes active, not when it changes
  useEffect(() => {
    onActive?.(activeRow)
  }, [activeKey, onActive])

  const moveTo = (index: number) => {
    const item = rowAt(index)
    setPlace({ index, key: item === undefined ? null : keyOf(item) })
    focusWanted.current = true
    scrollTo(index)
  }

  const keysAt = (indices: readonly number[]): readonly string[] =>
    indices.flatMap((index) => {
      const item = rowAt(index)
      return item === undefined || isGroupRow(item) ? [] : [rowKey(item)]
    })

  const selectRange = (to: number) => {
    const { selection = nothingSelected, onSelection } = latest.current
    const from = anchor.current ?? active
    anchor.current = from
    onSelection?.(setSelected(selection, keysAt(indicesBetween(from, to)), true))
  }

  const toggle = useRef((index: number) => {
    const { selection = nothingSelected, onSelection, rowAt: at, rowKey: key } = latest.current
    const item = at(index)
    if (item === undefined || isGroupRow(item)) return
    anchor.current = index
    onSelection?.(toggleSelected(selection, key(item)))
  }).current

  const open = (index: number) => {
    const item = rowAt(index)
    if (isGroupRow(item)) props.onToggleGroup?.(item.key)
    else if (item !== undefined) props.onOpen?.(item)
  }

  const foldBy = (key: string): boolean => {
    if (!isGroupRow(activeItem) || activeItem.collapsed !== (key === 'ArrowRight')) return false
    props.onToggleGroup?.(activeItem.key)
    return true
  }

  const stepBack = (): boolean => {
    const { selection = nothingSelected, onSelection, total = count, onBack } = props
    if (onSelection !== undefined && selectedCount(selection, total) > 0) onSelection(nothingSelected)
    else if (onBack !== undefined) onBack()
    else return false
    return true
  }

  const peek = (): boolean => {
    if (isGroupRow(activeItem)) props.onToggleGroup?.(activeItem.key)
    else if (activeItem !== undefined) (props.onPeek ?? props.onOpen)?.(activeItem)
    return true
  }

  const select = (): boolean => {
    toggle(active)
    return props.onSelection !== undefined
  }

  const act = (event: KeyboardEvent): boolean => {
    const { key } = event
    if (event.altKey) return false
    if (event.ctrlKey || event.metaKey) {
      if (key.toLowerCase() !== 'a' || props.onSelection === undefined) return false
      props.onSelection(everythingSelected)
      return true
    }
    if (key === 'Enter') {
      open(active)
      return true
    }
    if (key === ' ') return peek()
    if (key === 'x') return select()
    if (key === 'Escape') return stepBack()
    if (key === 'ArrowLeft' || key === 'ArrowRight') return foldBy(key)
    return move(event)
  }

  const move = (event: KeyboardEvent): boolean => {
    const { key } = event
    if (active === 0 && key === 'ArrowUp' && !event.shiftKey) {
      scroller.current?.querySelector<HTMLElement>('[data-header]')?.focus()
      return true
    }
    const page = Math.floor((scroller.current?.clientHeight ?? 0) / (props.rowHeight ?? 28)) - 1
    const next = rowAfterKey(key, active, count, page)
    if (next === null) return false
    if (event.shiftKey && props.onSelection !== undefined) selectRange(next)
    else anchor.current = null
    moveTo(next)
    return true
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const onRow = event.target instanceof HTMLElement && event.target.dataset.index !== undefined
    if (!onRow || event.defaultPrevented || !act(event)) return
    event.preventDefault()
    event.stopPropagation()
  }

  const onClick = (event: MouseEvent) => {
    if (!(event.target instanceof Element)) return
    const row = event.target.closest<HTMLElement>('[data-index]')
    const index = Number(row?.dataset.index ?? Number.NaN)
    if (Number.isNaN(index)) return
    if (event.shiftKey && props.onSelection !== undefined) {
      selectRange(index)
      moveTo(index)
      return
    }
    if (event.target.closest(interactive) !== null) return
    if (event.target.closest('[data-select]') !== null || event.ctrlKey || event.metaKey) {
      moveTo(index)
      toggle(index)
      return
    }
    // Text that somebody just marked is to be copied, not opened.
    if (document.getSelection()?.isCollapsed === false) return
    anchor.current = null
    moveTo(index)
    open(index)
  }

  return { active, toggle, focusActive, onKeyDown, onClick }
}
