import { environments } from '../deployment/environments.ts'
import { gitSources } from '../deployment/git-sources.ts'
import { rollouts } from '../deployment/rollouts.ts'
import { connections } from '../fleet/connections.ts'
import { gateway } from '../integration/gateway.ts'
import { operations } from '../lifecycle/operations.ts'
import { workspace } from '../lifecycle/workspace.ts'
import { alerts } from '../observability/alerts.ts'
import { metrics } from '../observability/metrics.ts'
import { silences } from '../observability/silences.ts'
import { access } from '../security/access.ts'
import { audit } from '../security/audit.ts'
import { governance } from '../security/governance.ts'

/** Every capability of the product, under its wire name. */
export const contracts = {
  access,
  alerts,
  audit,
  connections,
  environments,
  gateway,
  gitSources,
  governance,
  metrics,
  operations,
  rollouts,
  silences,
  workspace,
} as const
