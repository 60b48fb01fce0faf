import { useQuery } from '@tanstack/react-query'
import type { GatewayEnvoys } from '#preload/integration/other-gateways.ts'
import { api } from '#renderer/rpc/client.ts'
import { CopyButton } from '#renderer/ui/CopyButton.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { LeftOut } from './LeftOut.tsx'
import { EnvoyMark } from './marks.tsx'
import { PortForm } from './PortForm.tsx'
import { envoys, useForbidden } from './queries.ts'

const usualPort = '18000'

type PartProps = { readonly state: GatewayEnvoys }

function Answering({ state: { port, refusal } }: PartProps) {
  const forbidden = useForbidden()('gateway.setEnvoyPort')
  return (
    <PortForm
      port={port}
      usual={usualPort}
      hint="Only programs of this machine reach it. Envoys keep what they have while the application is closed."
      open="Answer Envoys"
      close="Stop answering"
      forbidden={forbidden}
      set={(to) => api.gateway.setEnvoyPort({ port: to })}
    >
      {refusal !== null ? (
        <SafeText text={refusal} className="text-critical" />
      ) : port === null ? (
        <span className="text-muted">No Envoy is answered.</span>
      ) : (
        `Envoys are answered on port ${port} of this machine.`
      )}
    </PortForm>
  )
}

function Seen({ state }: PartProps) {
  if (state.envoys.length === 0) return <p className="text-muted">None has asked yet.</p>
  return (
    <table className="w-full max-w-3xl">
      <thead className="text-left text-label text-muted">
        <tr>
          {['Envoy', 'State', 'Version', 'Cluster', 'Asked'].map((title) => (
            <th key={title} scope="col" className="py-1 pr-3 font-normal">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {state.envoys.map((envoy) => (
          <tr key={envoy.id} className="border-t border-line">
            <td className="py-1 pr-3">
              <SafeText text={envoy.id} mono />
            </td>
            <td className="pr-3">
              <EnvoyMark state={envoy.state} />
            </td>
            <td className="pr-3">{envoy.version ?? 'not known'}</td>
            <td className="pr-3">
              <SafeText text={envoy.cluster} />
            </td>
            <td>
              <RelativeTime at={envoy.seenAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The Envoys that take files from here, what each has of them, and what it needs to be started with. */
export function EnvoysTab() {
  const query = useQuery(envoys)
  return (
    <QueryView
      query={query}
      failure="The Envoys could not be loaded."
      ready={(state) => (
        <div className="h-full overflow-auto">
          <Section title="Envoys that take files from here">
            <p className="max-w-3xl pb-2 text-muted">
              A file whose Gateways have the class “envoy” is served by these and not by the gateway of this machine.
            </p>
            <Answering key={state.port} state={state} />
          </Section>
          <Section title="Envoys" count={state.envoys.length}>
            <Seen state={state} />
            {state.envoys.some((envoy) => envoy.state === 'refused') ? (
              <p className="pt-2 text-muted">
                One that refuses says why in its own log; it goes on with what it had before.
              </p>
            ) : null}
          </Section>
          <LeftOut title="What they do not do" findings={state.findings} />
          {state.bootstrap === null ? null : (
            <Section
              title="To start one with"
              actions={<CopyButton wide label="Copy the bootstrap" text={state.bootstrap} />}
            >
              <p className="pb-2 text-muted">
                Save it as envoy.yaml, give each Envoy an id of its own, and run: envoy -c envoy.yaml
              </p>
              <pre className="overflow-auto rounded border border-line bg-surface-1 p-2 font-mono text-code">
                {state.bootstrap}
              </pre>
            </Section>
          )}
        </div>
      )}
    />
  )
}
