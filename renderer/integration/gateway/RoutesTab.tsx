import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { GatewayRoute } from '#preload/integration/gateway.ts'
import { type Sort, sortRows } from '#renderer/ui/grid/column.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import { rowsOf } from '#renderer/ui/grid/rows.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { NothingServed } from './NothingServed.tsx'
import { routeList } from './queries.ts'
import { routeColumns } from './route-columns.tsx'

const none: readonly GatewayRoute[] = []

/** Every route with each of its backends, as it was measured over five minutes. */
export function RoutesTab({ onFiles }: { readonly onFiles: () => void }) {
  const query = useQuery(routeList)
  const [sort, setSort] = useState<Sort | null>(null)
  const all = query.data ?? none
  const rows = useMemo(() => sortRows(all, routeColumns, sort), [all, sort])
  return (
    <QueryView
      query={query}
      failure="What the gateway measured could not be loaded."
      ready={() => (
        <DataGrid
          name="gateway-routes"
          label="Routes, over five minutes"
          columns={routeColumns}
          {...rowsOf(rows)}
          rowKey={({ route, backend }) => `${route} ${backend}`}
          sort={sort}
          onSort={setSort}
          empty={<NothingServed onFiles={onFiles} title="No route is served" />}
        />
      )}
    />
  )
}
