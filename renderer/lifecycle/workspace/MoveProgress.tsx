import { plural } from '#renderer/ui/format.ts'
import { useMoveProgress } from './move-progress.ts'

/** How far the move is, with numbers. */
export function MoveProgress() {
  const progress = useMoveProgress((store) => store.progress)
  if (progress === null) return null
  const { phase, table, rows, done, of } = progress
  return (
    <p role="status" className="text-muted">
      {phase === 'copying' ? 'Copying' : 'Comparing'} {table}: {plural(rows, 'row')}, table {done + 1} of {of}
    </p>
  )
}
