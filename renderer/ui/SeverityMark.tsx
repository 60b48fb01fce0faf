import { clsx } from 'clsx'
import type { ReactNode } from 'react'
import type { Severity } from './severity.ts'

const shapes: Readonly<Record<Severity, ReactNode>> = {
  // Octagon, triangle, diamond, circle: told apart without colour, and at 12 px.
  critical: (
    <>
      <path d="M4 .5h4L11.5 4v4L8 11.5H4L.5 8V4z" fill="currentColor" />
      <path d="M6 3v3.6" stroke="var(--surface-0)" strokeWidth="1.5" />
      <path d="M6 7.9v1.4" stroke="var(--surface-0)" strokeWidth="1.5" />
    </>
  ),
  high: <path d="M6 .8 11.6 11H.4z" fill="currentColor" />,
  warning: <path d="M6 1 11 6 6 11 1 6z" fill="none" stroke="currentColor" strokeWidth="1.8" />,
  info: (
    <>
      <circle cx="6" cy="6" r="4.8" fill="none" stroke="currentColor" strokeWidth="1.3" />
      <path d="M6 5.4V9M6 3v1.3" stroke="currentColor" strokeWidth="1.3" />
    </>
  ),
  ok: <path d="M1.5 6.5 4.7 9.6 10.5 2.6" fill="none" stroke="currentColor" strokeWidth="1.8" />,
  none: <path d="M2.5 6h7" stroke="currentColor" strokeWidth="1.6" />,
  unknown: <circle cx="6" cy="6" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.3" strokeDasharray="2 2" />,
}

const colors: Readonly<Record<Severity, string>> = {
  critical: 'text-critical',
  high: 'text-high',
  warning: 'text-warning',
  info: 'text-accent',
  ok: 'text-ok',
  none: 'text-muted',
  unknown: 'text-muted',
}

export type SeverityMarkProps = {
  readonly severity: Severity
  /** The source's own word, when it differs: `page`. */
  readonly word?: string | undefined
  /** Only where the word stands beside it anyway; it is still read aloud. */
  readonly compact?: boolean | undefined
  readonly className?: string | undefined
}

/** Severity is always shape + word + colour. */
export function SeverityMark({ severity, word = severity, compact = false, className }: SeverityMarkProps) {
  return (
    <span
      title={compact ? word : undefined}
      className={clsx(
        'inline-flex max-w-full min-w-0 items-center gap-1.5 align-top whitespace-nowrap',
        colors[severity],
        className,
      )}
    >
      <svg aria-hidden="true" width="12" height="12" viewBox="0 0 12 12" className="shrink-0">
        {shapes[severity]}
      </svg>
      <span className={compact ? 'sr-only' : 'truncate font-medium'}>{word}</span>
    </span>
  )
}
