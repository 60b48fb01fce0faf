import { ExportRunLine } from './ExportRunLine.tsx'
import { useExports } from './exports.ts'

/** Running and finished exports, from every screen. */
export function ExportsDrawer() {
  const runs = useExports((store) => store.runs)
  if (runs.length === 0)
    return (
      <p className="p-6 text-center text-muted">Nothing was exported from the audit log since this window opened.</p>
    )
  return (
    <ul aria-label="Exports">
      {runs.map((run) => (
        <li key={run.id} className="border-b border-line px-3 py-1 last:border-b-0">
          <ExportRunLine run={run} />
        </li>
      ))}
    </ul>
  )
}
