import type { GatewayRoute } from '#preload/integration/gateway.ts'
import { formatNumber } from '#renderer/ui/format.ts'
import type { Column } from '#renderer/ui/grid/column.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'

const millisecondsText = (value: number | null): string =>
  value === null ? '–' : `${formatNumber(Number(value.toPrecision(3)))} ms`

const latency = (id: 'p50' | 'p95' | 'p99'): Column<GatewayRoute> => ({
  ...{ id, header: id, width: 90, align: 'end', sortable: true },
  cell: (route) => millisecondsText(route[id]),
  sortValue: (route) => route[id] ?? -1,
  exportValue: (route) => route[id],
})

export const routeColumns: readonly Column<GatewayRoute>[] = [
  {
    ...{ id: 'route', header: 'Route', width: 200, grow: 1, fixed: true, sortable: true },
    cell: ({ route }) =>
      route === null ? <span className="text-muted">no route wanted it</span> : <SafeText text={route} oneLine />,
    sortValue: ({ route }) => route ?? '',
    exportValue: ({ route }) => route,
  },
  {
    ...{ id: 'backend', header: 'Backend', width: 200, grow: 1, sortable: true },
    cell: ({ backend }) =>
      backend === null ? <span className="text-muted">the gateway itself</span> : <SafeText text={backend} oneLine />,
    sortValue: ({ backend }) => backend ?? '',
    exportValue: ({ backend }) => backend,
  },
  {
    ...{ id: 'rate', header: 'Requests/s', width: 90, align: 'end', sortable: true },
    cell: ({ requestsPerSecond }) => formatNumber(requestsPerSecond),
    sortValue: ({ requestsPerSecond }) => requestsPerSecond,
    exportValue: ({ requestsPerSecond }) => requestsPerSecond,
  },
  {
    ...{ id: 'requests', header: 'Requests', width: 90, align: 'end', sortable: true },
    cell: ({ requests }) => formatNumber(requests),
    sortValue: ({ requests }) => requests,
    exportValue: ({ requests }) => requests,
  },
  {
    ...{ id: 'errors', header: 'Errors', width: 80, align: 'end', sortable: true },
    cell: ({ errors }) => <span className={errors > 0 ? 'text-critical' : ''}>{formatNumber(errors)}</span>,
    sortValue: ({ errors }) => errors,
    exportValue: ({ errors }) => errors,
  },
  latency('p50'),
  latency('p95'),
  latency('p99'),
]
