import { clsx } from 'clsx'
import { Check, CircleDashed, CircleSlash, LoaderCircle, type LucideIcon, X } from 'lucide-react'
import { formatDuration } from './format.ts'
import { SafeText } from './SafeText.tsx'

export type StepStatus = 'waiting' | 'running' | 'ok' | 'failed' | 'skipped' | 'cancelled'

export type WalkStep = {
  readonly name: string
  readonly status: StepStatus
  readonly detail?: string | undefined
  /** What to do where it failed. */
  readonly hint?: string | undefined
  readonly ms?: number | undefined
}

const looks: Readonly<
  Record<StepStatus, { readonly icon: LucideIcon; readonly color: string; readonly word: string }>
> = {
  waiting: { icon: CircleDashed, color: 'text-muted', word: 'waiting' },
  running: { icon: LoaderCircle, color: 'text-accent', word: 'running' },
  ok: { icon: Check, color: 'text-ok', word: 'ok' },
  failed: { icon: X, color: 'text-critical', word: 'failed' },
  skipped: { icon: CircleSlash, color: 'text-muted', word: 'skipped' },
  cancelled: { icon: CircleSlash, color: 'text-warning', word: 'cancelled' },
}

function Step({ name, status, detail, hint, ms, wide }: WalkStep & { readonly wide: boolean }) {
  const { icon: Icon, color, word } = looks[status]
  return (
    <li
      className={clsx(
        'grid items-baseline gap-x-2 border-l-2 py-1 pl-2',
        wide ? 'grid-cols-[14px_112px_60px_minmax(0,1fr)_auto]' : 'grid-cols-[14px_56px_60px_minmax(0,1fr)_auto]',
        status === 'failed' ? 'border-critical bg-critical/5' : 'border-line',
      )}
    >
      <Icon aria-hidden size={13} className={clsx('translate-y-0.5', color, status === 'running' && 'animate-spin')} />
      <span className="font-medium">{name}</span>
      <span className={color}>{word}</span>
      <span className="min-w-0">
        {detail === undefined ? null : (
          <SafeText text={detail} className={status === 'failed' ? 'text-fg' : 'text-muted'} />
        )}
        {hint === undefined ? null : <SafeText text={hint} className="block text-fg" />}
      </span>
      <span className="text-right text-muted">{ms === undefined ? '' : formatDuration(ms / 1000)}</span>
    </li>
  )
}

type StepListProps = {
  readonly steps: readonly WalkStep[]
  /** Room for names of several words. */
  readonly wide?: boolean | undefined
}

/** A walk from reach to answer, one line a step. */
export function StepList({ steps, wide = false }: StepListProps) {
  return (
    <ol className="flex flex-col gap-px">
      {steps.map((step) => (
        <Step key={step.name} {...step} wide={wide} />
      ))}
    </ol>
  )
}
