import { clsx } from 'clsx'
import { useEffect, useRef } from 'react'
import { SafeText } from '../SafeText.tsx'
import type { Completion } from './completion.ts'

type CompletionListProps = {
  readonly id: string
  readonly items: readonly Completion[]
  readonly active: number
  /** The text before the completed word; the list opens where it ends. */
  readonly before: string
  readonly scroll: number
  readonly onPick: (completion: Completion) => void
  readonly onHover: (index: number) => void
}

/** The list under the caret. The focus stays in the input; `aria-activedescendant` points here. */
export function CompletionList({ id, items, active, before, scroll, onPick, onHover }: CompletionListProps) {
  const list = useRef<HTMLDivElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the active option has to be in view after every change
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [active, items])
  return (
    <div className={clsx('absolute inset-x-0 top-full z-30 flex pl-7', items.length === 0 && 'hidden')}>
      <span aria-hidden className="invisible max-w-[60%] overflow-hidden font-mono text-code whitespace-pre">
        <span style={{ marginLeft: -scroll }}>{before}</span>
      </span>
      <div
        ref={list}
        id={`${id}-list`}
        role="listbox"
        aria-label="Completions"
        className="appear mt-1 max-h-72 min-w-56 max-w-96 overflow-auto rounded border border-line bg-surface-2 p-1 shadow-overlay"
      >
        {items.map((item, at) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the input keeps the focus
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input handles the keys
          <div
            key={`${item.label}\u0000${item.insert}`}
            id={`${id}-${at}`}
            role="option"
            aria-selected={at === active}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => onPick(item)}
            onMouseMove={() => onHover(at)}
            className={clsx('flex h-6 items-center gap-3 rounded-sm px-2', at === active && 'bg-selected')}
          >
            <SafeText text={item.label} mono oneLine className="min-w-0 flex-1" />
            {item.detail === undefined ? null : <span className="text-label text-muted">{item.detail}</span>}
          </div>
        ))}
      </div>
    </div>
  )
}
