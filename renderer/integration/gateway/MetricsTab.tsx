import { useQuery } from '@tanstack/react-query'
import { Save } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { type GatewayMetricsListener, gateway } from '#preload/integration/gateway.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { CopyButton } from '#renderer/ui/CopyButton.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { metricsListener, useForbidden, useGatewayChange } from './queries.ts'

const usualPort = '9464'
const portSchema = gateway.operations.setMetricsListener.input.shape.port

type ListenerProps = { readonly listener: GatewayMetricsListener }

function ListenerForm({ listener: { port, refusal, address } }: ListenerProps) {
  const [text, setText] = useState(String(port ?? usualPort))
  const [wrong, setWrong] = useState<string | undefined>()
  const forbidden = useForbidden()('gateway.setMetricsListener')
  const set = useGatewayChange((to: number | null) => api.gateway.setMetricsListener({ port: to }))
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const read = portSchema.safeParse(Number(text))
    setWrong(read.success ? undefined : 'Enter a port from 1 to 65535.')
    if (read.success) set.mutate(read.data)
  }
  return (
    <form onSubmit={submit} className="flex max-w-xl flex-col gap-3">
      <p role="status">
        {address === null ? (
          <span className="text-muted">{refusal ?? 'They are served nowhere.'}</span>
        ) : refusal === null ? (
          <SafeText text={`Served at ${address}`} />
        ) : (
          <SafeText text={refusal} className="text-critical" />
        )}
      </p>
      <Field
        label="Port on this machine"
        required
        error={wrong}
        hint="Only programs of this machine reach it. It stays when the application is closed."
      >
        <TextField value={text} inputMode="numeric" onChange={({ target }) => setText(target.value)} />
      </Field>
      <div className="flex gap-2">
        <Button type="submit" kind="primary" icon={Save} busy={set.isPending} forbidden={forbidden}>
          Serve metrics
        </Button>
        {port === null ? null : (
          <Button forbidden={forbidden} onClick={() => set.mutate(null)}>
            Stop serving metrics
          </Button>
        )}
      </div>
      {set.error === null ? null : <ErrorPanel title="Nothing was changed." error={set.error} />}
    </form>
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
