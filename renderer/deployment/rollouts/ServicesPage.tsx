import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { Service } from '#preload/deployment/rollouts.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { plural } from '#renderer/ui/format.ts'
import { type Sort, sortRows } from '#renderer/ui/grid/column.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import { GridExport } from '#renderer/ui/grid/GridExport.tsx'
import { GridFilter } from '#renderer/ui/grid/GridFilter.tsx'
import { rowsOf } from '#renderer/ui/grid/rows.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SplitPane } from '#renderer/ui/SplitPane.tsx'
import { useOpenSearch } from './open-search.ts'
import { serviceList, useForbidden, useRolloutsLive } from './queries.ts'
import { ServiceDetail } from './ServiceDetail.tsx'
import { ServiceDialog } from './ServiceDialog.tsx'
import { serviceColumns } from './service-columns.tsx'

const none: readonly Service[] = []

const matches = (filter: string) => {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  return ({ name, description, placements }: Service): boolean => {
    const places = placements.map(({ environment, version }) => `${environment} ${version}`).join(' ')
    const whole = `${name} ${description} ${places}`.toLowerCase()
    return words.every((word) => whole.includes(word))
  }
}

/** What can be rolled out, and where it runs. */
export function ServicesPage() {
  useRolloutsLive()
  const query = useQuery(serviceList)
  const { open, show } = useOpenSearch()
  const [sort, setSort] = useState<Sort | null>({ column: 'name', descending: false })
  const [filter, setFilter] = useState('')
  const [editing, setEditing] = useState<Service | 'new' | null>(null)
  const forbidden = useForbidden()
  const all = query.data ?? none
  const rows = useMemo(() => sortRows(all.filter(matches(filter)), serviceColumns, sort), [all, filter, sort])
  const opened = all.find(({ name }) => name === open)
  const add = (): void => setEditing('new')
  useCommands([
    {
      ...{ id: 'services.add', title: 'Add a service', area: 'Services', shortcut: 'c' },
      disabledReason: forbidden('rollouts.saveService'),
      run: add,
    },
  ])
  return (
    <div className="flex h-full flex-col">
      <div data-region="Filter" className="flex flex-wrap items-center gap-2 border-b border-line p-2">
        <GridFilter
          label="Filter the services"
          placeholder="Name, environment, version"
          value={filter}
          onChange={setFilter}
        />
        <span role="status" className="flex-1 text-secondary text-muted">
          {rows.length === all.length
            ? plural(all.length, 'service')
            : `${rows.length} of ${plural(all.length, 'service')}`}
        </span>
        <GridExport name="services" area="Services" columns={serviceColumns} rows={rows} />
        <Button icon={Plus} kind="primary" shortcut="c" forbidden={forbidden('rollouts.saveService')} onClick={add}>
          Add a service
        </Button>
      </div>
      <div className="min-h-0 flex-1">
        <QueryView
          query={query}
          failure="The services could not be loaded."
          ready={() => (
            <SplitPane
              name="services"
              detailLabel="Service"
              initial={620}
              minDetail={460}
              detail={
                opened === undefined ? null : (
                  <ServiceDetail
                    key={opened.name}
                    service={opened}
                    onEdit={() => setEditing(opened)}
                    onClose={() => show(undefined)}
                  />
                )
              }
              list={
                <DataGrid
                  name="services"
                  label="Services"
                  columns={serviceColumns}
                  {...rowsOf(rows)}
                  rowKey={({ name }) => name}
                  sort={sort}
                  onSort={setSort}
                  openKey={open ?? null}
                  onOpen={({ name }) => show(name)}
                  onBack={() => show(undefined)}
                  empty={
                    all.length > 0 ? (
                      <EmptyState voice="no-match" onClear={() => setFilter('')} />
                    ) : (
                      <EmptyState
                        voice="unconfigured"
                        title="No service is known yet"
                        action={{ label: 'Add a service', run: add, forbidden: forbidden('rollouts.saveService') }}
                      >
                        A service is a program that listens on the port its variable PORT names. It runs on this
                        machine, behind the gateway.
                      </EmptyState>
                    )
                  }
                />
              }
            />
          )}
        />
      </div>
      {editing === null ? null : (
        <ServiceDialog service={editing === 'new' ? null : editing} onClose={() => setEditing(null)} onSaved={show} />
      )}
    </div>
  )
}
