import { Download, Pause } from 'lucide-react'
import { SavedViews } from '#renderer/app/SavedViews.tsx'
import { Button } from '#renderer/ui/Button.tsx'
import { type Count, countWords } from './filter-words.ts'
import type { useForbidden } from './queries.ts'

/** Under this name the application keeps the questions of this screen. */
export const auditScreen = 'audit'

type AuditToolsProps = {
  readonly count: Count
  readonly paused: boolean
  readonly forbidden: ReturnType<typeof useForbidden>
  readonly onApply: (saved: Readonly<Record<string, unknown>>) => void
  readonly saveQuestion: () => void
  readonly startExport: () => void
}

/** What acts on the list as a whole, and how much it is. */
export function AuditTools({ count, paused, forbidden, onApply, saveQuestion, startExport }: AuditToolsProps) {
  return (
    <div className="ml-auto flex items-center gap-2">
      <span role="status" className="flex items-center gap-1 text-secondary whitespace-nowrap text-muted">
        {paused ? <Pause aria-hidden size={12} /> : null}
        {countWords(count)}
        {paused ? ', paused' : ''}
      </span>
      <SavedViews screen={auditScreen} noun="question" onApply={onApply} onSave={saveQuestion} forbidden={forbidden} />
      <Button icon={Download} shortcut="e" forbidden={forbidden('audit.export')} onClick={startExport}>
        Export…
      </Button>
    </div>
  )
}
