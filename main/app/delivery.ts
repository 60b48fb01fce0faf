import type { ReadingPorts } from '#main/deployment/rollouts/readings.ts'
import type { Endpoint } from '#main/engines/http/endpoint.ts'
import type { AuditLog } from '#main/kernel/audit/log.ts'
import type { Clock } from '#main/kernel/clock.ts'
import type { Jobs } from '#main/kernel/jobs/jobs.ts'
import type { Log } from '#main/kernel/log/log.ts'
import type { Service } from '#main/kernel/service.ts'
import type { Settings } from '#main/kernel/settings/settings.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import type { DataFolder } from './data-folder.ts'
import { openDeployment, type RolloutChange } from './deployment.ts'
import { createEnvironments } from './environments.ts'
import { openGateway } from './gateway.ts'
import type { Problem } from './notices.ts'
import type { Places } from './places.ts'
import { queryNumbers } from './query-numbers.ts'

type Parts = {
  readonly workspace: Workspace
  readonly folder: DataFolder
  readonly places: Places
  readonly vault: Vault
  readonly settings: Settings
  readonly audit: AuditLog
  readonly jobs: Jobs
  readonly clock: Clock
  readonly log: Log
  readonly alerts: ReadingPorts['alerts']
  /** Milliseconds between two looks at a source in Git, or at a Kong; as often as usual when undefined. */
  readonly pollEveryMs?: number | undefined
  /** Where a connected system is asked. */
  readonly endpoint: (connectionId: string) => Promise<Endpoint>
  readonly changes: (signal: AbortSignal) => AsyncIterable<RolloutChange>
  readonly onChange: (change: RolloutChange) => void
  /** Told after an environment was added, changed or removed. */
  readonly onEnvironments: () => Promise<void>
}

type Delivery = {
  readonly services: readonly Service[]
  readonly environments: { readonly names: () => Promise<readonly string[]>; readonly announce: () => Promise<void> }
  /** Puts what is to run, and to be served, in force again. @returns what could not be. */
  readonly start: () => Promise<readonly Problem[]>
  /** The vault was opened or locked. */
  readonly vaultChanged: () => Promise<void>
  readonly close: () => void
}

type Placed = { readonly environment: string; readonly service: string }

const lockedVault = /\bvault is locked\b/i

/** Nobody can tell whether it is over. */
const forGood = (text: string): Problem => ({ text, isOver: async () => false })

/** Environments, the rollouts into them, and the gateway before them: each needs the other two. */
export function openDelivery(parts: Parts): Delivery {
  const { workspace, folder, places, vault, settings, audit, jobs, clock, log } = parts
  const environments = createEnvironments({
    ...{ workspace, vault, audit, jobs, clock, log },
    services: (name) => deployment.health(name),
    hosts: (name) => deployment.hosts(name),
    placed: (name) => deployment.placed(name),
    onAccess: (name) => deployment.forgetHosts(name),
    retire: (name, leave) => deployment.retire(name, leave),
    onChange: parts.onEnvironments,
  })
  const deployment = openDeployment({
    ...{ workspace, folder, places, vault, audit, jobs, clock, log, gitEveryMs: parts.pollEveryMs },
    environments: {
      refusal: (name) => environments.service.mayChange(name, clock.now()),
      configuration: environments.service.configuration,
      openSecrets: environments.service.openSecrets,
      place: environments.service.place,
      resource: environments.resource,
    },
    query: async (id, query, since, signal) =>
      queryNumbers(await parts.endpoint(id), { query, since: Date.parse(since), now: clock.now() }, signal),
    alerts: parts.alerts,
    changes: parts.changes,
    onChange: (change) => {
      parts.onChange(change)
      environments.announce().catch((error: unknown) => log.error('environments not told', { error }))
    },
    gatewayFiles: () => gateway.files(),
    metricsPort: () => gateway.metricsPort(),
    onGateway: () => gateway.announce(),
  })
  const gateway = openGateway({
    ...{ workspace, vault, settings, clock, log, plane: deployment.plane, kongEveryMs: parts.pollEveryMs },
  })

  const placedServices = async (): Promise<readonly Placed[]> => {
    const names = await environments.names()
    const all = names.map(async (environment) =>
      (await deployment.placed(environment)).map((service) => ({ environment, service })),
    )
    return (await Promise.all(all)).flat()
  }
  /**
   * A problem of a service is over when that is healthy, or is not meant to be there any more; what waited for the vault,
   * such as files of the gateway, when that is open.
   */
  const problemOf = (text: string, placed: readonly Placed[]): Problem => {
    const about = placed.find(({ environment, service }) => text.startsWith(`${service} in ${environment}: `))
    if (!about && lockedVault.test(text)) return { text, isOver: async () => (await vault.status()).state !== 'locked' }
    if (!about) return forGood(text)
    return {
      text,
      async isOver() {
        const found = (await deployment.health(about.environment)).find(({ service }) => service === about.service)
        return found === undefined || found.status === 'healthy'
      },
    }
  }

  return {
    services: [environments.serviceAtDoor, ...deployment.services, gateway.service],
    environments,
    async start() {
      const problems = await deployment.start()
      const placed = await placedServices()
      const all = [...problems.map((text) => problemOf(text, placed)), ...(await gateway.openOthers()).map(forGood)]
      return all.map(({ text, isOver }) => ({ text: `Not everything that was rolled out runs: ${text}`, isOver }))
    },
    async vaultChanged() {
      await gateway.vaultChanged()
      if ((await vault.status()).state === 'unlocked') await deployment.vaultOpened()
    },
    close() {
      gateway.close()
      deployment.close()
    },
  }
}
