import { Button } from '#renderer/ui/Button.tsx'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'

type NoEnvironmentsProps = {
  readonly forbidden: string | undefined
  readonly onUsual: () => void
  readonly onAdd: () => void
  readonly error: unknown
}

export function NoEnvironments({ forbidden, onUsual, onAdd, error }: NoEnvironmentsProps) {
  return (
    <EmptyState
      voice="unconfigured"
      title="There are no environments yet"
      action={{ label: 'Add the usual five', run: onUsual, forbidden }}
    >
      <div className="flex flex-col items-center gap-2">
        <p>
          Releases go through environments one after another: development, testing, staging, production, and dr for
          disaster recovery. Add these five, or begin with one of your own.
        </p>
        <Button kind="ghost" forbidden={forbidden} onClick={onAdd}>
          Add one
        </Button>
        {error === null ? null : <ErrorPanel title="Not all were added." error={error} />}
      </div>
    </EmptyState>
  )
}
