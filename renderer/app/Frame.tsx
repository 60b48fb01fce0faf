import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useCallback, useEffect, useRef } from 'react'
import { environmentResources, useStages } from '#renderer/deployment/environments/index.ts'
import { connectionResources, useConnectionsOverview } from '#renderer/fleet/connections/index.ts'
import { jobsDrawerTab, useApplicationStatus } from '#renderer/lifecycle/operations/index.ts'
import { WorkspaceBanner } from '#renderer/lifecycle/workspace/index.ts'
import {
  alertResources,
  SilenceAlertsProvider,
  useAlertNotifications,
  useCriticalCount,
} from '#renderer/observability/alerts/index.ts'
import { SilenceEditorHost, silenceAlerts } from '#renderer/observability/silences/index.ts'
import { useBridge } from '#renderer/rpc/connection.ts'
import { setDoorKeeper } from '#renderer/rpc/door.ts'
import {
  AccessGate,
  askForProof,
  askForVault,
  BreakGlassDialog,
  ElevationBanner,
  sessionEnded,
  useDeviceSigner,
  useIdentity,
  useVaultStatusItem,
  VaultDialog,
} from '#renderer/security/access/index.ts'
import { auditExportsTab, OpenApprovalProvider, useAuditStatusItem } from '#renderer/security/audit/index.ts'
import {
  DeviceSignerProvider,
  offerApprovalRequest,
  RequestApprovalDialog,
} from '#renderer/security/governance/index.ts'
import { plural } from '../ui/format.ts'
import { BridgeBanner } from './BridgeBanner.tsx'
import type { NavigationEntry } from './navigation.ts'
import { registerResources } from './resources.ts'
import { Shell } from './Shell.tsx'
import { navigation } from './screens.ts'
import { serviceResources } from './service-resources.ts'
import { UnlockVaultProvider } from './vault-port.ts'

const drawer = [jobsDrawerTab, auditExportsTab]

/** The application behind its gate, and who answers when the one door wants more than a role. */
export function Frame({ children }: { readonly children: ReactNode }) {
  useDoorKeeper()
  return (
    <AccessGate>
      <Application>{children}</Application>
    </AccessGate>
  )
}

function useDoorKeeper(): void {
  const client = useQueryClient()
  useEffect(() => {
    setDoorKeeper({
      prove: askForProof,
      requestApproval: offerApprovalRequest,
      signedOut: sessionEnded(client),
    })
  }, [client])
}

/** Fills the shell with what the capabilities tell: with screens.ts, the one place where they meet. */
function Application({ children }: { readonly children: ReactNode }) {
  const navigate = useNavigate()
  const { connections, environments } = useConnectionsOverview(useStages())
  const openApproval = useCallback(
    (id: string) => void navigate({ to: '/approvals', search: { show: 'all', open: id } as never }),
    [navigate],
  )
  useResources()
  useAlertNotifications()
  useFreshAfterReconnect()
  return (
    <UnlockVaultProvider value={askForVault}>
      <SilenceAlertsProvider value={silenceAlerts}>
        <DeviceSignerProvider value={useDeviceSigner()}>
          <OpenApprovalProvider value={openApproval}>
            <Shell
              workspace="Framework0"
              identity={useIdentity()}
              environments={environments}
              connections={connections}
              onOpenConnection={(id) => void navigate({ to: '/connections', search: { open: id } })}
              navigation={useNavigation()}
              status={useStatus()}
              drawer={drawer}
            >
              <div className="flex h-full flex-col">
                <BridgeBanner />
                <WorkspaceBanner />
                <ElevationBanner />
                <div className="min-h-0 flex-1">{children}</div>
              </div>
            </Shell>
            <SilenceEditorHost />
            <VaultDialog />
            <BreakGlassDialog />
            <RequestApprovalDialog />
          </OpenApprovalProvider>
        </DeviceSignerProvider>
      </SilenceAlertsProvider>
    </UnlockVaultProvider>
  )
}

/** The rail, with how many critical alerts fire. */
function useNavigation(): readonly NavigationEntry[] {
  const count = useCriticalCount() ?? 0
  const badge = { count, tone: 'critical', label: plural(count, 'critical alert') } as const
  return navigation.map((entry) => (entry.to === '/alerts' && count > 0 ? { ...entry, badge } : entry))
}

/** What changed while the bridge was lost was told to nobody, so everything on the screen is asked again. */
function useFreshAfterReconnect(): void {
  const client = useQueryClient()
  const status = useBridge((bridge) => bridge.status)
  const lost = useRef(false)
  useEffect(() => {
    if (status === 'lost' || status === 'refused') lost.current = true
    if (status !== 'connected' || !lost.current) return
    lost.current = false
    void client.invalidateQueries()
  }, [client, status])
}

/** The status bar: where the application runs, the vault, and whether the audit log holds. */
function useStatus() {
  const status = useApplicationStatus()
  const vault = useVaultStatusItem()
  const audit = useAuditStatusItem()
  return { ...status, items: [...(status.items ?? []), vault, ...(audit === null ? [] : [audit])] }
}

/** What the palette can search. */
function useResources(): void {
  const client = useQueryClient()
  const navigate = useNavigate()
  useEffect(() => {
    const removals = [
      registerResources(serviceResources((open) => void navigate({ to: '/services', search: { open } as never }))),
      registerResources(
        environmentResources(client, (open) => void navigate({ to: '/environments', search: { open } as never })),
      ),
      registerResources(alertResources((id) => void navigate({ to: '/alerts', search: { alert: id } }))),
      registerResources(
        connectionResources(client, (id) => void navigate({ to: '/connections', search: { open: id } })),
      ),
    ]
    return () => {
      for (const remove of removals) remove()
    }
  }, [client, navigate])
}
