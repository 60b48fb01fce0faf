import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { AuditEntry } from '#preload/security/audit.ts'
import { SaveView } from '#renderer/app/SavedViews.tsx'
import { useScope } from '#renderer/app/scope.ts'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { formatNumber } from '#renderer/ui/format.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SplitPane } from '#renderer/ui/SplitPane.tsx'
import { AuditDetail } from './AuditDetail.tsx'
import { AuditFilterBar } from './AuditFilterBar.tsx'
import { AuditFrame } from './AuditFrame.tsx'
import { AuditGate } from './AuditGate.tsx'
import { AuditTools, auditScreen } from './AuditTools.tsx'
import { type AuditSearch, isFiltered, questionOf, useAuditFilter, useAuditSearch } from './audit-search.ts'
import { auditColumns } from './columns.tsx'
import { ExportDialog } from './ExportDialog.tsx'
import { filterWords } from './filter-words.ts'
import { useNames } from './people.ts'
import { auditEntry, useAuditLive, useForbidden } from './queries.ts'
import { useAuditCommands } from './use-audit-commands.ts'
import { useAuditRows } from './use-audit-rows.ts'

/** After a detail closes the focus would be nowhere. */
const focusList = () =>
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-region="List"] [data-roving]')?.focus())

type OpenedProps = {
  readonly sequence: number
  /** The entry, when it is among the rows that are loaded. */
  readonly held: AuditEntry | undefined
  readonly onNarrow: (change: AuditSearch) => void
  readonly onShow: (sequence: number) => void
  readonly onClose: () => void
}

/** The open entry, also when the list does not show it. */
function Opened({ sequence, held, onNarrow, onShow, onClose }: OpenedProps) {
  const query = useQuery({ ...auditEntry(sequence), enabled: held === undefined })
  const detail = (entry: AuditEntry) => (
    <AuditDetail entry={entry} onNarrow={onNarrow} onShow={onShow} onClose={onClose} />
  )
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

function Log() {
  useAuditLive()
  const { search, narrow, clear, apply, show, close } = useAuditSearch()
  const filter = useAuditFilter(search)
  const { head, total, exact, rowAt, find, onRange, failed } = useAuditRows(filter)
  const paused = useScope((scope) => scope.pausedAt !== null)
  const forbidden = useForbidden()
  const words = filterWords(filter, useNames())
  const [dialog, setDialog] = useState<'export' | 'save' | null>(null)
  const closeDetail = () => {
    close()
    focusList()
  }
  const act = {
    startExport: () => setDialog('export'),
    saveQuestion: () => setDialog('save'),
    closeDetail,
  }
  useAuditCommands({ search, forbidden, ...act })

  const empty = isFiltered(search) ? (
    <EmptyState voice="no-match" onClear={clear} />
  ) : (
    <EmptyState voice="all-clear" title="Nothing has been done yet">
      Every change anybody makes is written here, and cannot be taken out again.
    </EmptyState>
  )

  return (
    <AuditFrame>
      <div className="flex h-full flex-col">
        <div data-region="Filter" className="flex flex-wrap items-center gap-2 border-b border-line p-2">
          <AuditFilterBar search={search} onNarrow={narrow} onClear={clear} />
          <AuditTools count={{ total, exact }} paused={paused} forbidden={forbidden} onApply={apply} {...act} />
        </div>
        {failed === undefined ? null : (
          <div className="p-2">
            <ErrorPanel
              title="Some rows could not be loaded."
              error={failed.error}
              onRetry={() => void failed.refetch()}
            />
          </div>
        )}
        {exact ? null : (
          <p className="border-b border-line px-3 py-1 text-secondary text-muted">
            The newest {formatNumber(total, 0)} are listed. Narrow the time or the filter to see the others; an export
            holds them all.
          </p>
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
                      <Opened
                        key={search.open}
                        sequence={search.open}
                        held={find(search.open)}
                        onNarrow={narrow}
                        onShow={show}
                        onClose={closeDetail}
                      />
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
      <ExportDialog
        open={dialog === 'export'}
        onClose={() => setDialog(null)}
        filter={filter}
        words={words}
        count={{ total, exact }}
        forbidden={forbidden('audit.export')}
      />
      <SaveView
        screen={auditScreen}
        noun="question"
        open={dialog === 'save'}
        search={questionOf(search)}
        onClose={() => setDialog(null)}
      />
    </AuditFrame>
  )
}

/** The log: one list, newest first, and one entry in full beside it. */
export const AuditPage = () => (
  <AuditGate>
    <Log />
  </AuditGate>
)
