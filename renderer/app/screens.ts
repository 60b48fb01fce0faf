import * as environments from '#renderer/deployment/environments/index.ts'
import * as rollouts from '#renderer/deployment/rollouts/index.ts'
import * as connections from '#renderer/fleet/connections/index.ts'
import * as gateway from '#renderer/integration/gateway/index.ts'
import * as operations from '#renderer/lifecycle/operations/index.ts'
import * as workspace from '#renderer/lifecycle/workspace/index.ts'
import * as alerts from '#renderer/observability/alerts/index.ts'
import * as metrics from '#renderer/observability/metrics/index.ts'
import * as silences from '#renderer/observability/silences/index.ts'
import * as access from '#renderer/security/access/index.ts'
import * as audit from '#renderer/security/audit/index.ts'
import * as governance from '#renderer/security/governance/index.ts'
import type { NavigationEntry } from './navigation.ts'
import type { ScreenRoute } from './router.tsx'

export const routes: readonly ScreenRoute[] = [
  ...operations.routes,
  ...environments.routes,
  ...rollouts.routes,
  ...alerts.routes,
  ...silences.routes,
  ...metrics.routes,
  ...connections.routes,
  ...access.routes,
  ...audit.routes,
  ...governance.routes,
  ...gateway.routes,
  ...workspace.routes,
]

const areas = ['Overview', 'Deployment', 'Observability', 'Fleet', 'Security', 'Integration', 'Lifecycle']

/** The rail: areas in their order, capabilities in theirs. */
export const navigation: readonly NavigationEntry[] = [
  ...operations.navigation,
  ...environments.navigation,
  ...rollouts.navigation,
  ...alerts.navigation,
  ...silences.navigation,
  ...metrics.navigation,
  ...connections.navigation,
  ...access.navigation,
  ...audit.navigation,
  ...governance.navigation,
  ...gateway.navigation,
  ...workspace.navigation,
].toSorted((a, b) => areas.indexOf(a.area) - areas.indexOf(b.area))
