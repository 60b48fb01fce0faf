import { useQuery } from '@tanstack/react-query'
import type { GatewayAccessEntry } from '#preload/integration/gateway.ts'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { formatNumber } from '#renderer/ui/format.ts'
import type { Column } from '#renderer/ui/grid/column.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import { rowsOf } from '#renderer/ui/grid/rows.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'
import { accessLog } from './queries.ts'

type Entry = GatewayAccessEntry
const text = (
  id: string,
  header: string,
  width: number,
  of: (entry: Entry) => string | null,
  grow = 0,
): Column<Entry> => ({
  ...{ id, header, width, grow },
  cell: (entry) => <SafeText text={of(entry) ?? '–'} oneLine />,
  exportValue: of,
})

const columns: readonly Column<Entry>[] = [
  { ...{ id: 'at', header: 'Time', width: 150, fixed: true }, cell: ({ at }) => <Timestamp at={at} /> },
  {
    ...{ id: 'status', header: 'Status', width: 64, align: 'end' },
    cell: ({ status }) => <span className={status >= 500 ? 'text-critical' : ''}>{status}</span>,
  },
  text('method', 'Method', 74, ({ method }) => method),
  text('address', 'Address', 240, ({ host, path }) => `${host}${path}`, 1),
  text('route', 'Route', 150, ({ route }) => route),
  text('backend', 'Backend', 150, ({ backend }) => backend),
  {
    ...{ id: 'duration', header: 'Took', width: 90, align: 'end' },
    cell: ({ durationMs }) => `${formatNumber(Number(durationMs.toPrecision(3)))} ms`,
  },
  text('client', 'Client', 120, ({ client }) => client),
  text('reason', 'Why', 160, ({ reason }) => reason),
]

/** The newest requests. Everything in them is shown inert. */
export function AccessLogTab({ onFiles }: { readonly onFiles: () => void }) {
  const query = useQuery(accessLog)
  return (
    <QueryView
      query={query}
      failure="The access log could not be loaded."
      ready={(entries) => (
        <DataGrid
          name="gateway-log"
          label="Access log"
          columns={columns}
          {...rowsOf(entries)}
          rowKey={({ at, traceId, client, path }) => `${at} ${traceId} ${client} ${path}`}
          empty={
            <EmptyState
              voice="unconfigured"
              title="No request came yet"
              action={{ label: 'Go to the files', run: onFiles }}
            >
              The latest 200 requests to the gateway of this machine stand here.
            </EmptyState>
          }
        />
      )}
    />
  )
}
