import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { Connection } from '#preload/fleet/connections.ts'
import { setScope, useScope } from '#renderer/app/scope.ts'
import { api } from '#renderer/rpc/client.ts'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { type Sort, sortRows } from '#renderer/ui/grid/column.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import { rowsOf } from '#renderer/ui/grid/rows.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SplitPane } from '#renderer/ui/SplitPane.tsx'
import { type Change, ConfirmChange } from './ConfirmChange.tsx'
import { type ConnectionActions, ConnectionDetail } from './ConnectionDetail.tsx'
import { ConnectionForm } from './ConnectionForm.tsx'
import { ConnectionsToolbar } from './ConnectionsToolbar.tsx'
import { connectionColumns, kindNames } from './columns.tsx'
import { useConnectionSearch } from './connection-search.ts'
import { connectionList, useConnectionChange, useConnectionsLive, useForbidden } from './queries.ts'
import { useConnectionCommands } from './use-connection-commands.ts'
import { useConnectionTest } from './use-connection-test.ts'

const none: readonly Connection[] = []

const matches = (text: string) => {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return ({ name, url, environment, kind }: Connection) => {
    const whole = `${name} ${url} ${environment} ${kindNames[kind]}`.toLowerCase()
    return words.every((word) => whole.includes(word))
  }
}

function useShown(all: readonly Connection[], filter: string, sort: Sort | null): readonly Connection[] {
  const environment = useScope((scope) => scope.environment)
  return useMemo(() => {
    const inScope = environment === null ? all : all.filter((connection) => connection.environment === environment)
    return sortRows(inScope.filter(matches(filter)), connectionColumns, sort)
  }, [all, environment, filter, sort])
}

/** After a detail closes the focus would be nowhere. */
const focusList = () =>
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-region="List"] [data-roving]')?.focus())

export function ConnectionsPage() {
  useConnectionsLive()
  const query = useQuery(connectionList)
  const all = query.data ?? none
  const search = useConnectionSearch()
  const forbidden = useForbidden()
  const [sort, setSort] = useState<Sort | null>({ column: 'status', descending: false })
  const [active, setActive] = useState<Connection | undefined>()
  const [change, setChange] = useState<Change | null>(null)
  const rows = useShown(all, search.q ?? '', sort)
  const opened = all.find(({ id }) => id === search.open)
  const test = useConnectionTest()
  const enable = useConnectionChange((id: string) => api.connections.setEnabled({ id, enabled: true }))
  const refresh = useConnectionChange((id: string) => api.alerts.refresh({ source: id }))

  const show = (connection: Connection) => {
    if (connection.id !== search.open) {
      test.forget()
      enable.reset()
      refresh.reset()
    }
    search.show(connection.id)
  }
  const close = () => {
    test.cancel()
    test.forget()
    search.close()
    focusList()
  }
  const actions: ConnectionActions = {
    close,
    edit: ({ id }) => search.startEdit(id),
    remove: (connection) => setChange({ kind: 'remove', connection }),
    retry: ({ id }) => refresh.mutate(id),
    toggle: (connection) =>
      connection.enabled ? setChange({ kind: 'disable', connection }) : enable.mutate(connection.id),
    test: (connection) => {
      show(connection)
      void test.start({ id: connection.id })
    },
  }
  const add = () => search.show('new')
  const current = opened ?? all.find(({ id }) => id === active?.id)
  useConnectionCommands({ current, opened: search.open !== undefined, actions, add, forbidden })

  const clear = () => {
    search.filter('')
    setScope({ environment: null })
  }
  const nothing =
    all.length === 0 ? (
      <EmptyState
        voice="unconfigured"
        title="Nothing is connected yet"
        action={{ label: 'Add a connection', run: add, forbidden: forbidden('connections.create') }}
      >
        Connect a Prometheus or an Alertmanager and its alerts appear in the inbox.
      </EmptyState>
    ) : (
      <EmptyState voice="no-match" onClear={clear} />
    )

  const adding = search.open === 'new'
  const detail = () => {
    if (adding || (opened !== undefined && search.edit === true))
      return (
        <ConnectionForm
          key={search.open}
          connection={adding ? null : (opened ?? null)}
          environments={[...new Set(all.map(({ environment }) => environment))].sort()}
          forbidden={forbidden(adding ? 'connections.create' : 'connections.update')}
          onSaved={show}
          onCancel={() => (opened === undefined ? close() : search.show(opened.id))}
        />
      )
    if (opened === undefined) return null
    return (
      <ConnectionDetail
        connection={opened}
        actions={actions}
        test={test}
        forbidden={forbidden}
        error={enable.error ?? refresh.error}
      />
    )
  }

  return (
    <div className="flex h-full flex-col">
      <ConnectionsToolbar
        filter={search.q ?? ''}
        onFilter={search.filter}
        rows={rows}
        total={all.length}
        forbidden={forbidden('connections.create')}
        onAdd={add}
      />
      <div className="min-h-0 flex-1">
        <QueryView
          query={query}
          failure="The connections could not be loaded."
          ready={() => (
            <SplitPane
              name="connections"
              detailLabel="Connection"
              initial={520}
              minDetail={420}
              detail={detail()}
              list={
                <DataGrid
                  name="connections"
                  label="Connections"
                  columns={connectionColumns}
                  {...rowsOf(rows)}
                  rowKey={({ id }) => id}
                  sort={sort}
                  onSort={setSort}
                  openKey={search.open ?? null}
                  onOpen={show}
                  onActive={setActive}
                  onBack={close}
                  empty={nothing}
                />
              }
            />
          )}
        />
      </div>
      <ConfirmChange change={change} onClose={() => setChange(null)} onRemoved={close} />
    </div>
  )
}
