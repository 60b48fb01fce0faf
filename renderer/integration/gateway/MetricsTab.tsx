import { useQuery } from '@tanstack/react-query'
import type { GatewayMetricsListener } from '#preload/integration/gateway.ts'
import { api } from '#renderer/rpc/client.ts'
import { CopyButton } from '#renderer/ui/CopyButton.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { PortForm } from './PortForm.tsx'
import { metricsListener, useForbidden } from './queries.ts'

const usualPort = '9464'

type ListenerProps = { readonly listener: GatewayMetricsListener }

function ListenerForm({ listener: { port, refusal, address } }: ListenerProps) {
  const forbidden = useForbidden()('gateway.setMetricsListener')
  return (
    <PortForm
      port={port}
      usual={usualPort}
      hint="Only programs of this machine reach it. It stays when the application is closed."
      open="Serve metrics"
      close="Stop serving metrics"
      forbidden={forbidden}
      set={(to) => api.gateway.setMetricsListener({ port: to })}
    >
      {address === null ? (
        <span className="text-muted">{refusal ?? 'They are served nowhere.'}</span>
      ) : refusal === null ? (
        <SafeText text={`Served at ${address}`} />
      ) : (
        <SafeText text={refusal} className="text-critical" />
      )}
    </PortForm>
  )
}

/** Where a Prometheus scrapes the gateway, and what it needs to be told for that. */
export function MetricsTab() {
  const query = useQuery(metricsListener)
  return (
    <QueryView
      query={query}
      failure="Where the metrics are served could not be loaded."
      ready={(listener) => (
        <>
          <Section title="Metrics for Prometheus">
            <ListenerForm key={listener.port} listener={listener} />
          </Section>
          {listener.scrapeConfig === null ? null : (
            <Section
              title="For prometheus.yml"
              actions={<CopyButton wide label="Copy the scrape configuration" text={listener.scrapeConfig} />}
            >
              <pre className="overflow-auto rounded border border-line bg-surface-1 p-2 font-mono text-code">
                {listener.scrapeConfig}
              </pre>
            </Section>
          )}
        </>
      )}
    />
  )
}
