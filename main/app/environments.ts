import { v7 as uuid } from 'uuid'
import { audited, environmentHandlers } from '#main/deployment/environments/handlers.ts'
import { environmentResource, environmentResources } from '#main/deployment/environments/resources.ts'
import { createEnvironmentService, type EnvironmentService } from '#main/deployment/environments/service.ts'
import { createEnvironmentStore } from '#main/deployment/environments/store.ts'
import { readHostKey } from '#main/engines/ssh/host-key.ts'
import { checkPrivateKey } from '#main/engines/ssh/private-key.ts'
import { application } from '#main/kernel/access/caller.ts'
import type { Resource } from '#main/kernel/access/policy.ts'
import type { AuditLog } from '#main/kernel/audit/log.ts'
import type { Clock } from '#main/kernel/clock.ts'
import { createBus } from '#main/kernel/events/bus.ts'
import type { Jobs } from '#main/kernel/jobs/jobs.ts'
import type { Log } from '#main/kernel/log/log.ts'
import { inEnvironment, type Service, serve } from '#main/kernel/service.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { contracts } from '#preload/app/contracts.ts'
import { asAppError } from '#preload/contract/error.ts'
import type { HostState, ServiceHealth } from '#preload/deployment/environments.ts'

type Parts = {
  readonly workspace: Workspace
  readonly vault: Vault
  readonly audit: Pick<AuditLog, 'begin' | 'finish'>
  readonly jobs: Pick<Jobs, 'define'>
  readonly clock: Clock
  readonly log: Log
  /** Told after an environment was added, changed or removed. */
  readonly onChange: () => Promise<void>
  /** What runs in an environment. */
  readonly services: (environment: string) => Promise<readonly ServiceHealth[]>
  readonly hosts: (environment: string) => Promise<readonly HostState[]>
  readonly placed: (environment: string) => Promise<readonly string[]>
  /** Told when what opens the hosts of an environment is another key, or none. */
  readonly onAccess: (environment: string) => void
  /** Stops everything in an environment, or leaves what cannot be stopped. May be asked again after a crash. */
  readonly retire: (environment: string, leave: boolean) => Promise<void>
}

type Environments = {
  readonly service: EnvironmentService
  readonly serviceAtDoor: Service
  /** An environment as policies see it; null where there is none. */
  readonly resource: (environment: string | null, id?: string) => Promise<Resource>
  readonly names: () => Promise<readonly string[]>
  /** Says that an environment, or what runs in one, has changed: every screen looks again. */
  readonly announce: () => Promise<void>
}

/** Environments, what they ask of the rest of the application, and the job that removes those whose time is over. */
export function createEnvironments(parts: Parts): Environments {
  const { workspace, vault, clock, log, jobs } = parts
  const bus = createBus<{ changed: { revision: number } }>((error) => log.error('event listener failed', { error }))
  let revision = 0
  const announce = async (): Promise<void> => {
    await parts.onChange()
    bus.emit('changed', { revision: ++revision })
  }
  const store = createEnvironmentStore(workspace)
  const service = createEnvironmentService({
    store,
    vault,
    clock,
    services: parts.services,
    hosts: parts.hosts,
    placed: parts.placed,
    checkSshKey: checkPrivateKey,
    retire: parts.retire,
    onChange: announce,
  })
  jobs.define({
    kind: 'expire-environments',
    title: 'Remove environments whose time is over',
    attempts: 5,
    schedule: '* * * * *',
    async run(job) {
      const removed: string[] = []
      for (const { name, expiresAt } of await service.expired()) {
        const gone = await job.step(`${name} ${expiresAt}`, { name, expiresAt }, () => expire(name, expiresAt))
        if (gone) removed.push(name)
      }
      await job.progress(removed.length === 0 ? 'Nothing had expired' : `Removed ${removed.join(', ')}`)
    },
  })
  const expire = recordedExpiry(parts, service)
  return {
    service,
    serviceAtDoor: serve(
      contracts.environments,
      environmentHandlers({
        ...{ service, hostKey: readHostKey, onAccess: parts.onAccess },
        changes: (signal) => bus.watch('changed', signal, 1),
      }),
      environmentResources(store),
    ),
    resource: async (name, id = undefined) => {
      const found = name === null ? inEnvironment(null) : await environmentResource(store, name)
      return id === undefined ? found : { ...found, id }
    },
    names: store.names,
    announce,
  }
}

/** Removes one as the application, with the audit entry that a person's removal would have. @returns whether it did. */
const recordedExpiry =
  ({ audit, log }: Parts, service: EnvironmentService) =>
  async (name: string, expiresAt: string): Promise<boolean> => {
    const intent = await audit.begin({
      caller: application,
      operation: 'environments.remove',
      input: { name },
      correlationId: uuid(),
      environments: [name],
      policies: [],
      approval: null,
    })
    try {
      const removed = await service.removeExpired(name, expiresAt)
      const changes = removed ? [{ targets: [removed.id], before: audited(removed), after: null }] : []
      await audit.finish(intent, { outcome: 'succeeded', changes })
      if (removed) log.info('environment expired', { name, expiresAt })
      return removed !== null
    } catch (thrown) {
      await audit.finish(intent, { outcome: 'failed', changes: [], error: asAppError(thrown).toShape() })
      throw thrown
    }
  }
