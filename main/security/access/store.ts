import type { Workspace } from '#main/kernel/store/workspace.ts'
import { attemptTables, createAttemptStore } from './store/attempts.ts'
import { createDeviceStore, deviceTables } from './store/devices.ts'
import { createFactorStore, factorTables } from './store/factors.ts'
import { createIdentityStore, identityTables } from './store/identities.ts'
import { createProviderStore, providerTables } from './store/providers.ts'
import { createSessionStore, sessionTables } from './store/sessions.ts'
import { accessSettingTables, createSettingStore } from './store/settings.ts'

/** Everything this capability keeps in the workspace. */
export const createAccessStore = (workspace: Workspace) => ({
  attempts: createAttemptStore(workspace),
  devices: createDeviceStore(workspace),
  factors: createFactorStore(workspace),
  identities: createIdentityStore(workspace),
  providers: createProviderStore(workspace),
  sessions: createSessionStore(workspace),
  settings: createSettingStore(workspace),
})

export const accessTables = [
  ...identityTables,
  ...accessSettingTables,
  ...providerTables,
  ...sessionTables,
  ...factorTables,
  ...deviceTables,
  ...attemptTables,
] as const
