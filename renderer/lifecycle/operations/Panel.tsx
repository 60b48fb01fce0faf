import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

export const linkClass = 'inline-flex min-h-6 items-center text-accent hover:underline'

type PanelProps = {
  readonly title: string
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** One box of the overview. */
export function Panel({ title, actions, children }: PanelProps) {
  return (
    <section aria-label={title} className="flex min-w-0 flex-col rounded border border-line bg-surface-1">
      <div className="flex h-8 shrink-0 items-center gap-3 border-b border-line px-3">
        <h2 className="flex-1 truncate text-secondary font-semibold">{title}</h2>
        {actions}
      </div>
      {children}
    </section>
  )
}

type DeeperProps = {
  readonly to: string
  readonly search?: Readonly<Record<string, unknown>> | undefined
  readonly children: ReactNode
  readonly className?: string | undefined
}

/** A link to another screen of the application. */
export function Deeper({ to, search = {}, children, className = linkClass }: DeeperProps) {
  // Screens are registered at run time, so the router's types do not know their parameters.
  return (
    <Link to={to} search={search as never} className={className}>
      {children}
    </Link>
  )
}
