import { type ReactNode, useRef, useState } from 'react'
import { Divider } from './Divider.tsx'
import { clampSize, recallSize, rememberSize } from './divider.ts'

export type SplitPaneProps = {
  /** Under this name the width is remembered. */
  readonly name: string
  readonly list: ReactNode
  /** Null or undefined: nothing is opened, the list has all the room. */
  readonly detail: ReactNode
  readonly detailLabel?: string | undefined
  /** Width of the detail in pixels before the user chose one. */
  readonly initial?: number | undefined
  readonly minList?: number | undefined
  readonly minDetail?: number | undefined
}

/** List → detail with a remembered divider. */
export function SplitPane(given: SplitPaneProps) {
  const { name, list, detail, detailLabel = 'Detail', initial = 480, minList = 320, minDetail = 280 } = given
  const frame = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(() => recallSize(name) ?? initial)
  const limits = () => ({ min: minDetail, max: (frame.current?.clientWidth ?? window.innerWidth) - minList })
  const resize = (next: number) => {
    setWidth(next)
    rememberSize(name, next)
  }
  const open = detail !== null && detail !== undefined
  return (
    <div ref={frame} className="flex h-full min-h-0 min-w-0">
      <div data-region="List" className="min-h-0 min-w-0 flex-1">
        {list}
      </div>
      {open ? (
        <>
          <Divider
            label={`Resize ${detailLabel.toLowerCase()}`}
            edge="left"
            size={width}
            limits={limits}
            onSize={resize}
            onReset={() => resize(clampSize(initial, limits()))}
          />
          <section
            data-region={detailLabel}
            aria-label={detailLabel}
            className="min-h-0 max-w-[70%] shrink-0 overflow-auto bg-surface-1"
            style={{ width }}
          >
            {detail}
          </section>
        </>
      ) : null}
    </div>
  )
}
