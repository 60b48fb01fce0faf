import { useQuery } from '@tanstack/react-query'
import { OctagonAlert } from 'lucide-react'
import { useCommands } from '#renderer/ui/commands.ts'
import { plural } from '#renderer/ui/format.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Tabs } from '#renderer/ui/Tabs.tsx'
import { AccessLogTab } from './AccessLogTab.tsx'
import { BackendsTab } from './BackendsTab.tsx'
import { CertificatesTab } from './CertificatesTab.tsx'
import { EnvoysTab } from './EnvoysTab.tsx'
import { FilesTab } from './FilesTab.tsx'
import { type GatewayTab, gatewayTabs, useGatewaySearch } from './gateway-search.ts'
import { KongTab } from './KongTab.tsx'
import { MetricsTab } from './MetricsTab.tsx'
import { gatewayStatus, useGatewayLive } from './queries.ts'
import { RoutesTab } from './RoutesTab.tsx'

const titles: Readonly<Record<GatewayTab, string>> = {
  routes: 'Routes',
  backends: 'Backends',
  files: 'Files',
  certificates: 'Certificates',
  metrics: 'Metrics',
  log: 'Access log',
  envoys: 'Envoys',
  kong: 'Kong',
}

/** Where it listens, in one line; or that it does not. */
function Standing() {
  const { data } = useQuery(gatewayStatus)
  if (!data) return null
  const { gateway, absence } = data
  const connections = gateway?.workers.reduce((sum, worker) => sum + worker.connections, 0) ?? 0
  const listeners = gateway?.listeners ?? []
  const open = listeners.filter(({ refusal }) => refusal === null)
  const addresses = [...new Set(open.map(({ host, port }) => `${host}:${port}`))]
  const shut = Object.entries(Object.groupBy(listeners, ({ refusal }) => refusal ?? ''))
  return (
    <div
      data-region="Gateway"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-3 py-1.5 text-secondary"
    >
      {gateway === null ? (
        <span className="text-muted">{absence}</span>
      ) : (
        <>
          <span className="min-w-0 flex-1 truncate">
            {addresses.length === 0 ? 'It listens nowhere.' : <SafeText text={`Listens on ${addresses.join(', ')}`} />}
          </span>
          <span className="text-muted tabular-nums">
            {`${plural(gateway.workers.length, 'worker')}, ${plural(connections, 'connection')}, configuration ${gateway.revision}`}
          </span>
        </>
      )}
      <div role="status" className="contents">
        {shut.map(([refusal, which = []]) =>
          refusal === '' ? null : (
            <p key={refusal} className="flex w-full items-center gap-1.5 text-critical">
              <OctagonAlert aria-hidden size={13} className="shrink-0" />
              <SafeText text={`Not served: ${which.map(({ name }) => name).join(', ')}. ${refusal}`} />
            </p>
          ),
        )}
      </div>
    </div>
  )
}

/** The gateway of this machine: what it measures, what it serves, and why. */
export function GatewayPage() {
  useGatewayLive()
  const { tab = 'routes', file, go, show } = useGatewaySearch()
  useCommands(
    gatewayTabs.map((id, at) => ({
      ...{ id: `gateway.${id}`, title: `Show gateway: ${titles[id]}`, area: 'Gateway', shortcut: String(at + 1) },
      run: () => go(id),
    })),
  )
  const files = () => show(undefined)
  return (
    <div className="flex h-full flex-col">
      <Standing />
      <Tabs
        label="Gateway"
        manual
        value={tab}
        onChange={(id) => go(gatewayTabs.find((each) => each === id) ?? 'routes')}
        tabs={[
          { id: 'routes', label: titles.routes, panel: <RoutesTab onFiles={files} /> },
          { id: 'backends', label: titles.backends, panel: <BackendsTab onFiles={files} /> },
          { id: 'files', label: titles.files, panel: <FilesTab open={file} onOpen={show} /> },
          { id: 'certificates', label: titles.certificates, panel: <CertificatesTab /> },
          { id: 'metrics', label: titles.metrics, panel: <MetricsTab /> },
          { id: 'log', label: titles.log, panel: <AccessLogTab onFiles={files} /> },
          { id: 'envoys', label: titles.envoys, panel: <EnvoysTab /> },
          { id: 'kong', label: titles.kong, panel: <KongTab /> },
        ]}
      />
    </div>
  )
}
