import { useQuery } from '@tanstack/react-query'
import type { GatewayBackend } from '#preload/integration/gateway.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { CircuitMark, EndpointMark } from './marks.tsx'
import { NothingServed } from './NothingServed.tsx'
import { gatewayStatus } from './queries.ts'

const headings = ['Endpoint', 'Health', 'Since', 'Why', 'In flight'] as const

function Endpoints({ endpoints }: Pick<GatewayBackend, 'endpoints'>) {
  if (endpoints.length === 0) return <p className="text-muted">It has no endpoint: requests to it get 503.</p>
  return (
    <table className="w-full table-fixed">
      <thead className="text-left text-label text-muted">
        <tr>
          {headings.map((each) => (
            <th key={each} scope="col" className={`pr-3 font-medium ${each === 'In flight' ? 'text-right' : ''}`}>
              {each}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {endpoints.map((endpoint) => (
          <tr key={`${endpoint.host}:${endpoint.port}`} className="border-t border-line">
            <th scope="row" className="py-1 pr-3 text-left font-medium">
              <SafeText text={`${endpoint.host}:${endpoint.port}`} oneLine />
            </th>
            <td className="pr-3">
              <EndpointMark health={endpoint.health} ejected={endpoint.ejectedBy > 0} />
            </td>
            <td className="pr-3">
              <RelativeTime at={endpoint.since} />
            </td>
            <td className="pr-3">
              <SafeText text={endpoint.why ?? '–'} oneLine />
            </td>
            <td className="pr-3 text-right tabular-nums">{endpoint.inFlight}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Backend({ backend }: { readonly backend: GatewayBackend }) {
  return (
    <Section
      title={<SafeText text={backend.backend} />}
      count={backend.endpoints.length}
      actions={
        <span className="flex items-center gap-3 text-secondary">
          <span className="text-muted tabular-nums">{`${backend.inFlight} in flight`}</span>
          <CircuitMark circuit={backend.circuit} />
        </span>
      }
    >
      <Endpoints endpoints={backend.endpoints} />
    </Section>
  )
}

/** Who answers the requests, and how they are. */
export function BackendsTab({ onFiles }: { readonly onFiles: () => void }) {
  const query = useQuery(gatewayStatus)
  return (
    <QueryView
      query={query}
      failure="The backends could not be loaded."
      ready={({ gateway }) =>
        gateway === null || gateway.backends.length === 0 ? (
          <NothingServed onFiles={onFiles} title="There is no backend" />
        ) : (
          gateway.backends.map((backend) => <Backend key={backend.backend} backend={backend} />)
        )
      }
    />
  )
}
