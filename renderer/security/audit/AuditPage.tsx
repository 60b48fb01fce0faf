import { useEffect, useState } from 'react'
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
import { isFiltered, useAuditFilter, useAuditSearch } from './audit-search.ts'
import { auditColumns } from './columns.tsx'
import { ExportMenu } from './ExportMenu.tsx'
import { useAuditLive } from './queries.ts'
import { useAuditRows } from './use-audit-rows.ts'
import { VerdictBanner } from './VerdictBanner.tsx'

/** After a detail closes the focus would be nowhere. */
const focusList = () =>
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-region="List"] [data-roving]')?.focus())

/** The open entry; it stays while the list scrolls away from it. */
function useOpened(sequence: number | undefined, held: AuditEntry | undefined): AuditEntry | null {
  const [kept, setKept] = useState<AuditEntry | null>(null)
  useEffect(() => {
    if (held !== undefined) setKept(held)
  }, [held])
  if (sequence === undefined) return null
  if (held !== undefined) return held
  return kept?.sequence === sequence ? kept : null
}

export function AuditPage() {
  const paused = useScope((scope) => scope.pausedAt !== null)
  useAuditLive(paused)
  const { search, narrow, clear, show, close } = useAuditSearch()
  const filter = useAuditFilter(search)
  const { head, total, rowAt, find, onRange, failed } = useAuditRows(filter)
  const entry = useOpened(search.open, search.open === undefined ? undefined : find(search.open))
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

  const detail = () => {
    if (search.open === undefined) return null
    if (entry !== null) return <AuditDetail entry={entry} onNarrow={narrow} onClose={closeDetail} />
    return head?.data === undefined ? null : (
      <EmptyState voice="no-match" title={`Entry ${search.open} is not among the rows shown`} onClear={clear} />
    )
  }
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
                detail={detail()}
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
