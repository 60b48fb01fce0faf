import { X } from 'lucide-react'
import { IconButton } from '#renderer/ui/Button.tsx'
import { plural } from '#renderer/ui/format.ts'
import { AlertButtons } from './AlertButtons.tsx'
import type { Forbidden } from './queries.ts'
import { countOf, type Target } from './target.ts'
import type { AlertActions } from './use-alert-actions.ts'

type BulkBarProps = {
  readonly target: Target
  readonly actions: AlertActions
  readonly forbidden: Forbidden
  readonly total: number
  readonly onAll: () => void
  readonly onClear: () => void
}

/** What can be done to the chosen alerts. */
export function BulkBar({ target, actions, forbidden, total, onAll, onClear }: BulkBarProps) {
  const count = countOf(target)
  return (
    <div
      role="toolbar"
      aria-label="Actions on the selection"
      data-region="Selection"
      className="flex flex-wrap items-center gap-2 border-b border-line bg-selected px-2 py-1"
    >
      <span className="font-medium whitespace-nowrap">{plural(count, 'alert')} selected</span>
      {count < total ? (
        <button type="button" onClick={onAll} className="h-6 text-accent hover:underline">
          Select all {plural(total, 'alert')} of this list
        </button>
      ) : null}
      <AlertButtons target={target} actions={actions} forbidden={forbidden} />
      <span className="flex-1" />
      <IconButton size={24} icon={X} label="Select nothing" shortcut="Esc" onClick={onClear} />
    </div>
  )
}
