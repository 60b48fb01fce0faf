import { useQuery } from '@tanstack/react-query'
import { Plus, Square } from 'lucide-react'
import { useMemo, useRef, useState } from 'react'
import type { Exception } from '#preload/security/exceptions.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { plural } from '#renderer/ui/format.ts'
import { type Sort, sortRows } from '#renderer/ui/grid/column.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import { GridExport } from '#renderer/ui/grid/GridExport.tsx'
import { rowsOf } from '#renderer/ui/grid/rows.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { Switch } from '#renderer/ui/Switch.tsx'
import { ExceptionDialog } from './ExceptionDialog.tsx'
import { exceptionColumns, scopeText } from './exception-columns.tsx'
import { exceptionList, useForbidden, useGovernanceChange, useGovernanceLive } from './queries.ts'

const none: readonly Exception[] = []
const area = 'Exceptions'

/** What is let pass, by whom, and until when. */
export function ExceptionsPage() {
  useGovernanceLive()
  const query = useQuery(exceptionList)
  const [past, setPast] = useState(false)
  const [sort, setSort] = useState<Sort | null>({ column: 'expires', descending: false })
  const [adding, setAdding] = useState(false)
  const [ending, setEnding] = useState<Exception | null>(null)
  const active = useRef<Exception | undefined>(undefined)
  const forbidden = useForbidden()
  const all = query.data ?? none
  const rows = useMemo(
    () => sortRows(past ? all : all.filter(({ state }) => state === 'active'), exceptionColumns, sort),
    [all, past, sort],
  )
  const end = useGovernanceChange(({ id }: Exception) =>
    api.governance.endException({ id, reason: 'Ended before its time.' }),
  )
  const ask = (exception: Exception | undefined) => {
    if (exception?.state === 'active') setEnding(exception)
  }
  useCommands([
    {
      id: 'exceptions.add',
      title: 'Add an exception',
      area,
      shortcut: 'c',
      disabledReason: forbidden('governance.addException'),
      run: () => setAdding(true),
    },
    {
      id: 'exceptions.end',
      title: 'End the exception',
      area,
      shortcut: 'Shift+D',
      when: () => active.current?.state === 'active',
      disabledReason: forbidden('governance.endException'),
      run: () => ask(active.current),
    },
  ])
  return (
    <div className="flex h-full flex-col">
      <div data-region="Filter" className="flex flex-wrap items-center gap-2 border-b border-line p-2">
        <Switch label="Show past ones" checked={past} onChange={setPast} />
        <span role="status" className="flex-1 text-secondary text-muted">
          {plural(rows.length, 'exception')}
        </span>
        <GridExport name="exceptions" area={area} columns={exceptionColumns} rows={rows} />
        <Button
          icon={Square}
          shortcut="Shift+D"
          forbidden={forbidden('governance.endException')}
          onClick={() => ask(active.current)}
        >
          End
        </Button>
        <Button
          icon={Plus}
          kind="primary"
          shortcut="c"
          forbidden={forbidden('governance.addException')}
          onClick={() => setAdding(true)}
        >
          Add an exception
        </Button>
      </div>
      <div data-region="List" className="min-h-0 flex-1">
        <QueryView
          query={query}
          failure="The exceptions could not be loaded."
          ready={() => (
            <DataGrid
              name="exceptions"
              label="Exceptions"
              columns={exceptionColumns}
              {...rowsOf(rows)}
              rowKey={({ id }) => id}
              sort={sort}
              onSort={setSort}
              onOpen={ask}
              onActive={(exception) => {
                active.current = exception
              }}
              empty={
                <EmptyState voice="all-clear" title="Nothing is let pass">
                  Every policy holds for everybody it names.
                </EmptyState>
              }
            />
          )}
        />
      </div>
      {adding ? <ExceptionDialog onClose={() => setAdding(false)} /> : null}
      {ending === null ? null : (
        <ConfirmDialog
          open
          onClose={() => setEnding(null)}
          onConfirm={() => end.mutate(ending, { onSuccess: () => setEnding(null) })}
          title="End this exception?"
          target={`${ending.subject}, ${scopeText(ending.scope)}`}
          effect="It stops working at once, everywhere. Add a new one if it is needed again."
          action="End the exception"
          busy={end.isPending}
          error={end.error?.message}
        />
      )}
    </div>
  )
}
