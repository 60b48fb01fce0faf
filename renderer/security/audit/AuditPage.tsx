import { useQuery } from '@tanstack/react-query'
import type { AuditEntry } from '#preload/security/audit.ts'
import { useScope } from '#renderer/app/scope.ts'
import { useCommands } from '#renderer/ui/commands.ts'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { plural } from '#renderer/ui/format.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SplitPane } from '#renderer/ui/SplitPane.tsx'
import { AuditDetail } from './AuditDetail.tsx'
import { AuditFilterBar } from './AuditFilterBar.tsx'
import { type AuditSearch, isFiltered, useAuditFilter, useAuditSearch } from './audit-search.ts'
import { auditColumns } from './columns.tsx'
import { ExportMenu } from './ExportMenu.tsx'
import { auditEntry, useAuditLive } from './queries.ts'
import { useAuditRows } from './use-audit-rows.ts'
import { VerdictBanner } from './VerdictBanner.tsx'

/** After a detail closes the focus would be nowhere. */
const focusList = () =>
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-region="List"] [data-roving]')?.focus())

type OpenedProps = {
  readonly sequence: number
  /** The entry, when it is among the rows that are loaded. */
  readonly held: AuditEntry | undefined
  readonly onNarrow: (change: AuditSearch) => void
  readonly onClose: () => void
}

/** The open entry, also when the list does not show it. */
function Opened({ sequence, held, onNarrow, onClose }: OpenedProps) {
  const query = useQuery({ ...auditEntry(sequence), enabled: held === undefined })
  const detail = (entry: AuditEntry) => <AuditDetail entry={entry} onNarrow={onNarrow} onClose={onClose} />
  if (held !== undefined) return detail(held)
  return (
    <QueryView
      query={query}
      failure={`Entry ${sequence} could not be loaded.`}
      ready={(entry) =>
        entry === null ? <p className="p-6 text-center text-muted">The log has no entry {sequence}.</p> : detail(entry)
      }
    />
  )
}

export function AuditPage() {
  const paused = useScope((scope) => scope.pausedAt !== null)
  useAuditLive(paused)
  const { search, narrow, clear, show, close } = useAuditSearch()
  const filter = useAuditFilter(search)
  const { head, total, rowAt, find, onRange, failed } = useAuditRows(filter)
  const closeDetail = () => {
    close()
    focusList()
  }
  useCommands([
    {
      id: 'audit.close',
      title: 'Close the detail',
      area: 'Audit',
      shortcut: 'Esc',
      when: () => search.open !== undefined,
      run: closeDetail,
    },
  ])

  const empty = isFiltered(search) ? (
    <EmptyState voice="no-match" onClear={clear} />
  ) : (
    <EmptyState voice="all-clear" title="Nothing has been done yet">
      Every change anybody makes is written here, and cannot be taken out again.
    </EmptyState>
  )

  return (
    <div className="flex h-full flex-col">
      <div className="flex flex-wrap items-center gap-2 border-b border-line p-2">
        <AuditFilterBar search={search} onNarrow={narrow} onClear={clear} />
        <span className="flex-1 text-right text-secondary text-muted">{plural(total, 'entry', 'entries')}</span>
        <ExportMenu filter={filter} />
      </div>
      <VerdictBanner onShow={show} />
      {failed === undefined ? null : (
        <div className="p-2">
          <ErrorPanel
            title="Some rows could not be loaded."
            error={failed.error}
            onRetry={() => void failed.refetch()}
          />
        </div>
      )}
      <div className="min-h-0 flex-1">
        {head === undefined ? null : (
          <QueryView
            query={head}
            failure="The audit log could not be loaded."
            ready={() => (
              <SplitPane
                name="audit"
                detailLabel="Entry"
                initial={520}
                minDetail={400}
                detail={
                  search.open === undefined ? null : (
                    <Opened sequence={search.open} held={find(search.open)} onNarrow={narrow} onClose={closeDetail} />
                  )
                }
                list={
                  <DataGrid
                    name="audit"
                    label="Audit log"
                    columns={auditColumns}
                    count={total}
                    rowAt={rowAt}
                    rowKey={({ sequence }) => String(sequence)}
                    onRange={onRange}
                    openKey={search.open === undefined ? null : String(search.open)}
                    onOpen={({ sequence }) => show(sequence)}
                    onBack={closeDetail}
                    empty={empty}
                  />
                }
              />
            )}
          />
        )}
      </div>
    </div>
  )
}
