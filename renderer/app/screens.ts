import * as connections from '#renderer/fleet/connections/index.ts'
import * as operations from '#renderer/lifecycle/operations/index.ts'
import * as metrics from '#renderer/observability/metrics/index.ts'
import * as audit from '#renderer/security/audit/index.ts'
import type { NavigationEntry } from './navigation.ts'
import type { ScreenRoute } from './router.tsx'

/** Every capability with screens, in the order of the rail. */
const capabilities = [operations, metrics, connections, audit]

export const routes: readonly ScreenRoute[] = capabilities.flatMap((capability) => capability.routes)
export const navigation: readonly NavigationEntry[] = capabilities.flatMap((capability) => capability.navigation)
