import { CircleAlert, RotateCw } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { AppError, asAppError, errorShape } from '#preload/contract/error.ts'
import { Button } from './Button.tsx'
import { CopyButton } from './CopyButton.tsx'
import { SafeText } from './SafeText.tsx'

export type ErrorPanelProps = {
  /** A thrown value, or an error shape that came as data. */
  readonly error: unknown
  /** What failed, in the words of the screen: `The alerts could not be loaded.` */
  readonly title?: string | undefined
  readonly onRetry?: (() => void) | undefined
  readonly retrying?: boolean | undefined
  readonly actions?: ReactNode
}

/** A thrown value, or a failure that came as data (the last error of a connection). */
function failureOf(error: unknown): AppError {
  const shape = error instanceof Error ? null : errorShape.safeParse(error)
  return shape?.success ? AppError.fromShape(shape.data) : asAppError(error)
}

function detailsOf(error: unknown, title: string | undefined): string {
  const failure = failureOf(error)
  const lines = [
    title,
    `message: ${failure.message}`,
    failure.hint === undefined ? undefined : `hint: ${failure.hint}`,
    `code: ${failure.code}`,
    failure.at === undefined ? undefined : `at: ${failure.at}`,
    failure.correlationId === undefined ? undefined : `correlation id: ${failure.correlationId}`,
    `time: ${new Date().toISOString()}`,
    failure.code === 'internal' && error instanceof Error ? error.stack : undefined,
  ]
  return lines.filter((line) => line !== undefined).join('\n')
}

/** Of an input with several faults each on a line of its own. */
function Message({ failure, strong }: { readonly failure: AppError; readonly strong: boolean }) {
  if (failure.problems.length < 2)
    return (
      <p className={strong ? 'font-medium' : undefined}>
        <SafeText text={failure.message} />
      </p>
    )
  return (
    <ul className="list-disc pl-4">
      {failure.problems.map(({ at, label, message }) => (
        <li key={at}>
          <SafeText text={label === '' ? message : `${label}: ${message}`} />
        </li>
      ))}
    </ul>
  )
}

/** A failure where it happened: what failed, why, what to do, Retry, Copy details. */
export function ErrorPanel({ error, title, onRetry, retrying, actions }: ErrorPanelProps) {
  const failure = failureOf(error)
  const panel = useRef<HTMLDivElement>(null)
  // At the end of a long form it would be below what is seen, and the press of its button would seem to do nothing.
  useEffect(() => {
    if (error !== null && panel.current?.closest('form') !== null) panel.current?.scrollIntoView({ block: 'nearest' })
  }, [error])
  return (
    <div ref={panel} role="alert" className="flex gap-3 rounded border border-critical/50 bg-critical/5 p-3">
      <CircleAlert aria-hidden size={16} className="mt-0.5 shrink-0 text-critical" />
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        {title === undefined ? null : <SafeText text={title} className="font-medium" />}
        <Message failure={failure} strong={title === undefined} />
        {failure.hint === undefined ? null : <SafeText text={failure.hint} className="text-muted" />}
        <div className="mt-1 flex flex-wrap items-center gap-2">
          {onRetry === undefined ? null : (
            <Button size={24} icon={RotateCw} onClick={onRetry} busy={retrying}>
              {retrying === true ? 'Retrying…' : 'Retry'}
            </Button>
          )}
          {actions}
          <CopyButton wide label="Copy details" text={() => detailsOf(error, title)} />
          {failure.correlationId === undefined ? null : (
            <code className="font-mono text-label text-muted">{failure.correlationId}</code>
          )}
        </div>
      </div>
    </div>
  )
}
