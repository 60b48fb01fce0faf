import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useEffect } from 'react'
import { connectionResources, UnlockVaultProvider, useConnectionsOverview } from '#renderer/fleet/connections/index.ts'
import { jobsDrawerTab, useApplicationStatus } from '#renderer/lifecycle/operations/index.ts'
import { askForVault, useIdentity, useVaultStatusItem, VaultDialog } from '#renderer/security/access/index.ts'
import { BridgeBanner } from './BridgeBanner.tsx'
import { registerResources } from './resources.ts'
import { Shell } from './Shell.tsx'
import { navigation } from './screens.ts'

const drawer = [jobsDrawerTab]

/** Fills the shell with what the capabilities tell: with screens.ts, the one place where they meet. */
export function Frame({ children }: { readonly children: ReactNode }) {
  const navigate = useNavigate()
  const { connections, environments } = useConnectionsOverview()
  const openConnection = (id: string): void => void navigate({ to: '/connections', search: { open: id } })
  useResources(openConnection)
  return (
    <UnlockVaultProvider value={askForVault}>
      <Shell
        workspace="Framework0"
        identity={useIdentity()}
        environments={environments}
        connections={connections}
        onOpenConnection={openConnection}
        navigation={navigation}
        status={useStatus()}
        drawer={drawer}
      >
        <div className="flex h-full flex-col">
          <BridgeBanner />
          <div className="min-h-0 flex-1">{children}</div>
        </div>
      </Shell>
      <VaultDialog />
    </UnlockVaultProvider>
  )
}

/** The status bar: where the application runs, and the vault. */
function useStatus() {
  const status = useApplicationStatus()
  const vault = useVaultStatusItem()
  return { ...status, items: [...(status.items ?? []), vault] }
}

/** What the palette can search. */
function useResources(openConnection: (id: string) => void): void {
  const client = useQueryClient()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the router's navigate keeps its identity
  useEffect(() => registerResources(connectionResources(client, openConnection)), [client])
}
