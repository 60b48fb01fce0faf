import { CircleCheck } from 'lucide-react'
import type { Output } from '#preload/contract/define.ts'
import type { workspace } from '#preload/lifecycle/workspace.ts'
import { plural } from '#renderer/ui/format.ts'

type Moved = Output<(typeof workspace)['operations']['move']>

/** Where the workspace is from the next start on. */
export function Chosen({ place }: { readonly place: string }) {
  return (
    <p role="status">
      From the next start on the workspace is <code className="font-mono text-code break-all">{place}</code>. Restart
      the application to go on there.
    </p>
  )
}

/** What was copied, and what it was verified by. */
export function MoveResult({ result }: { readonly result: Moved }) {
  const rows = result.tables.reduce((sum, table) => sum + table.rows, 0)
  return (
    <div className="mt-1 flex flex-col gap-2">
      <p className="inline-flex items-center gap-1.5 text-ok">
        <CircleCheck aria-hidden size={14} className="shrink-0" />
        {plural(rows, 'row')} in {plural(result.tables.length, 'table')} copied and compared, row by row.
      </p>
      <Chosen place={result.place} />
      <p className="text-secondary text-muted">
        Root of the audit log, the same on both sides:{' '}
        <code className="font-mono break-all">{result.auditRoot || 'the log is empty'}</code>
      </p>
      <details>
        <summary className="cursor-default text-secondary text-muted">Tables</summary>
        <table className="text-secondary">
          <tbody>
            {result.tables.map(({ table, rows: count, sha256 }) => (
              <tr key={table}>
                <td className="pr-3">{table}</td>
                <td className="pr-3 text-right">{count}</td>
                <td className="font-mono text-label text-muted">{sha256.slice(0, 16)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </div>
  )
}
