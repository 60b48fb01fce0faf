import { clsx } from 'clsx'
import { ChevronRight } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'

export type SectionProps = {
  readonly title: ReactNode
  readonly count?: number | undefined
  readonly actions?: ReactNode
  readonly collapsible?: boolean | undefined
  readonly children: ReactNode
}

/** A titled part of a detail or an overview. */
export function Section({ title, count, actions, collapsible = false, children }: SectionProps) {
  const id = useId()
  const [open, setOpen] = useState(true)
  const heading = (
    <>
      {title}
      {count === undefined ? null : <span className="ml-1.5 font-normal text-muted">{count}</span>}
    </>
  )
  return (
    <section aria-labelledby={id} className="flex flex-col border-b border-line last:border-b-0">
      <div className="flex h-8 items-center gap-2 px-3">
        <h2 id={id} className="flex-1 truncate text-secondary font-semibold">
          {collapsible ? (
            <button
              type="button"
              aria-expanded={open}
              onClick={() => setOpen(!open)}
              className="-ml-1 flex h-6 items-center gap-1 rounded pr-1 hover:bg-hover"
            >
              <ChevronRight aria-hidden size={13} className={clsx('text-muted', open && 'rotate-90')} />
              {heading}
            </button>
          ) : (
            heading
          )}
        </h2>
        {actions}
      </div>
      {open ? <div className="px-3 pb-3">{children}</div> : null}
    </section>
  )
}
