import { clsx } from 'clsx'
import { X } from 'lucide-react'
import type { MouseEvent, ReactNode } from 'react'
import { inertPieces } from './inert-text.ts'
import { SafeText } from './SafeText.tsx'

export type Tone = 'neutral' | 'critical' | 'high' | 'warning' | 'ok' | 'accent'

const tones: Readonly<Record<Tone, string>> = {
  neutral: 'text-muted',
  critical: 'text-critical',
  high: 'text-high',
  warning: 'text-warning',
  ok: 'text-ok',
  accent: 'text-accent',
}

/** A count or a short state, rounded. */
export function Badge({
  tone = 'neutral',
  children,
}: {
  readonly tone?: Tone | undefined
  readonly children: ReactNode
}) {
  return (
    <span
      className={clsx(
        'inline-flex h-4 min-w-4 shrink-0 items-center justify-center rounded-full border border-current/40 px-1.5 text-label font-medium',
        tones[tone],
      )}
    >
      {children}
    </span>
  )
}

/** A word about a thing: kind, version, owner. */
export function Tag({
  tone = 'neutral',
  children,
}: {
  readonly tone?: Tone | undefined
  readonly children: ReactNode
}) {
  return (
    <span
      className={clsx(
        'inline-flex h-5 max-w-full items-center align-top rounded-sm border border-line bg-surface-1 px-1.5 text-secondary',
        tone === 'neutral' ? 'text-fg' : tones[tone],
      )}
    >
      <span className="truncate">{children}</span>
    </span>
  )
}

export type LabelChipProps = {
  readonly name: string
  readonly value: string
  /** Click or Enter: usually adds the label to the filter. */
  readonly onPick?: ((event: MouseEvent) => void) | undefined
  readonly onRemove?: (() => void) | undefined
  /** -1 inside a grid, where Tab leaves. */
  readonly tabIndex?: number | undefined
}

const longestTitle = 1_000

/** A label as `name=value`; the value is cut, never the name. */
export function LabelChip({ name, value, onPick, onRemove, tabIndex }: LabelChipProps) {
  const whole = `${name}=${value}`
  const title = whole.slice(0, longestTitle)
  // Where the text is drawn with marks or cut, its name is what is drawn.
  const isPlain = whole === title && value !== '' && inertPieces(whole).every(({ kind }) => kind === 'text')
  const text = (
    <>
      <span className="shrink-0 text-muted">
        <SafeText text={name} />=
      </span>
      <SafeText text={value === '' ? '""' : value} oneLine />
    </>
  )
  return (
    <span
      title={title}
      className="inline-flex h-5 max-w-60 min-w-0 align-top items-center rounded-sm border border-line bg-surface-1 font-mono text-label"
    >
      {onPick === undefined ? (
        <span className="flex min-w-0 px-1.5">{text}</span>
      ) : (
        <button
          type="button"
          tabIndex={tabIndex}
          aria-label={isPlain ? whole : undefined}
          onClick={onPick}
          className="flex h-full min-w-0 items-center px-1.5 hover:bg-hover"
        >
          {text}
        </button>
      )}
      {onRemove === undefined ? null : (
        <button
          type="button"
          tabIndex={tabIndex}
          aria-label={`Remove ${name}=${value}`}
          onClick={onRemove}
          className="flex h-full w-5 shrink-0 items-center justify-center border-l border-line text-muted hover:bg-hover hover:text-fg"
        >
          <X aria-hidden size={11} />
        </button>
      )}
    </span>
  )
}
