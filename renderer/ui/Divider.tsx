import { clsx } from 'clsx'
import { type KeyboardEvent, type PointerEvent, useRef } from 'react'
import { clampSize, type DividerLimits, sizeAfterKey } from './divider.ts'

export type DividerProps = {
  readonly label: string
  /** Which edge of the sized pane it stands on. */
  readonly edge: 'left' | 'right' | 'top'
  readonly size: number
  readonly limits: () => DividerLimits
  readonly onSize: (size: number) => void
  readonly onReset?: (() => void) | undefined
}

/** A keyboard-resizable divider (WAI-ARIA window splitter): arrows move, Shift moves further, Home and End go to the limits. */
export function Divider({ label, edge, size, limits, onSize, onReset }: DividerProps) {
  const start = useRef<{ readonly at: number; readonly size: number } | null>(null)
  const upright = edge !== 'top'
  const direction = edge === 'right' ? 1 : -1
  const at = (event: PointerEvent) => (upright ? event.clientX : event.clientY)

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId)
    start.current = { at: at(event), size }
  }
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    if (start.current === null) return
    onSize(clampSize(start.current.size + direction * (at(event) - start.current.at), limits()))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const keys = upright ? (['ArrowLeft', 'ArrowRight'] as const) : (['ArrowUp', 'ArrowDown'] as const)
    const [shrink, grow] = direction === 1 ? keys : [keys[1], keys[0]]
    const next = sizeAfterKey(event.key, size, limits(), { shrink, grow, step: event.shiftKey ? 64 : 16 })
    if (next === null) return
    event.preventDefault()
    onSize(next)
  }
  const { min, max } = limits()
  return (
    // biome-ignore lint/a11y/useSemanticElements: an <hr> cannot be focused and moved; this is the splitter pattern
    <div
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={upright ? 'vertical' : 'horizontal'}
      aria-valuemin={min}
      aria-valuemax={Math.max(min, max)}
      aria-valuenow={clampSize(size, { min, max })}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        start.current = null
      }}
      onPointerCancel={() => {
        start.current = null
      }}
      onDoubleClick={onReset}
      onKeyDown={onKeyDown}
      className={clsx(
        'relative z-10 shrink-0 touch-none bg-line hover:bg-accent focus-visible:bg-accent',
        upright
          ? 'w-px cursor-col-resize after:absolute after:inset-y-0 after:-right-1.5 after:-left-1.5'
          : 'h-px cursor-row-resize after:absolute after:inset-x-0 after:-top-1.5 after:-bottom-1.5',
      )}
    />
  )
}
