import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openArtifacts } from '#main/deployment/rollouts/artifacts.ts'
import { createCourse } from '#main/deployment/rollouts/course.ts'
import type { Workload } from '#main/deployment/rollouts/engine.ts'
import { machineTarget, workloadOf } from '#main/deployment/rollouts/engines/machine.ts'
import { rolloutHandlers } from '#main/deployment/rollouts/handlers.ts'
import { createRolloutHistory } from '#main/deployment/rollouts/history.ts'
import { createMoves } from '#main/deployment/rollouts/moves.ts'
import { type ReadingPorts, readMetric } from '#main/deployment/rollouts/readings.ts'
import { rolloutResources } from '#main/deployment/rollouts/resources.ts'
import { createRolloutService, jobKind } from '#main/deployment/rollouts/service.ts'
import { createRolloutStore, type StoredPlacement } from '#main/deployment/rollouts/store.ts'
import { freePort } from '#main/engines/supervisor/free-port.ts'
import type { GatewayPlane } from '#main/integration/gateway/gateway-plane.ts'
import type { PlaneConfigInput } from '#main/integration/gateway/plane/config.ts'
import type { Resource } from '#main/kernel/access/policy.ts'
import type { Clock } from '#main/kernel/clock.ts'
import type { Jobs } from '#main/kernel/jobs/kind.ts'
import type { Log } from '#main/kernel/log/log.ts'
import { type Service, serve } from '#main/kernel/service.ts'
import { dialectOf } from '#main/kernel/store/portable.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import { contracts } from '#preload/app/contracts.ts'
import { AppError, asAppError } from '#preload/contract/error.ts'
import type { ServiceHealth } from '#preload/deployment/environments.ts'
import { linkAgent } from './agent-link.ts'
import type { DataFolder } from './data-folder.ts'
import type { Places } from './places.ts'
import { gatewayTraffic } from './traffic.ts'

export type RolloutChange = { readonly changed: 'services' | 'rollouts'; readonly id: string | null }

/** What rollouts need of environments. */
export type EnvironmentPorts = {
  /** Why nothing may be rolled out there now: it does not exist, is locked or frozen. */
  readonly refusal: (environment: string) => Promise<string | null>
  readonly values: (environment: string) => Promise<Readonly<Record<string, string>>>
  readonly openSecrets: (environment: string) => Promise<Readonly<Record<string, string>>>
  readonly resource: (environment: string | null, id?: string) => Promise<Resource>
}

type Options = {
  readonly workspace: Workspace
  readonly folder: DataFolder
  readonly places: Places
  readonly jobs: Jobs
  readonly clock: Clock
  readonly log: Log
  readonly environments: EnvironmentPorts
  readonly query: ReadingPorts['query']
  readonly changes: (signal: AbortSignal) => AsyncIterable<RolloutChange>
  readonly onChange: (change: RolloutChange) => void
  /** The files that the gateway serves beside the services. */
  readonly gatewayFiles: () => Promise<ReadonlyMap<string, PlaneConfigInput>>
  /** Where what the gateway measured is to be served; null for nowhere. */
  readonly metricsPort: () => Promise<number | null>
  /** Told when the gateway serves what it did not, or no longer. */
  readonly onGateway: () => void
}

export type Deployment = {
  readonly service: Service
  readonly plane: GatewayPlane
  /** Puts what is to run in force again; after the jobs were resumed. @returns what could not be. */
  readonly start: () => Promise<readonly string[]>
  readonly health: (environment: string) => Promise<readonly ServiceHealth[]>
  /** Stops everything in an environment. */
  readonly retire: (environment: string) => Promise<void>
  readonly close: () => void
}

const restartAfterMs = 300

const sharedRefusal =
  'A team shares this workspace, and “this machine” is another one for each of its members. Roll out from a workspace of this machine alone.'

/** An environment that does not exist is a reason like any other. */
const asReason = (thrown: unknown): string => {
  if (thrown instanceof AppError && thrown.code === 'not_found') return thrown.message
  throw thrown
}

/** Ties rollouts to the agent that holds the services of this machine, and to environments. */
export function openDeployment(options: Options): Deployment {
  const {
    workspace,
    folder,
    places,
    jobs,
    clock,
    log,
    environments,
    query,
    changes,
    onChange,
    gatewayFiles,
    metricsPort,
    onGateway,
  } = options
  const shared = dialectOf(workspace) === 'postgres'
  const agent = linkAgent({
    dataFolder: folder.path,
    entry: places.agent,
    log,
    onEvent: (_, { key }) => void watched(key).catch((error: unknown) => log.error('process event', { error })),
    onLost: () => void startAgain().catch((error: unknown) => log.error('services not taken up', { error })),
  })
  const store = createRolloutStore(workspace)
  const history = createRolloutHistory(workspace)
  const artifacts = openArtifacts(join(folder.path, 'artifacts'))
  const target = machineTarget(agent.remote)
  const { services: traffic, plane, takeUp } = gatewayTraffic({ agent })

  const folderOf = async (service: string, version: string): Promise<string> => {
    const release = await store.release(service, version)
    if (!release) throw new AppError('not_found', `${service} ${version} is not known any more.`)
    return artifacts.folderOf(release.digest)
  }
  const workload = async (placement: StoredPlacement, version: string): Promise<Workload> => {
    const { environment } = placement
    const service = await store.service(placement.service)
    if (!service) throw new AppError('not_found', `There is no service ${placement.service} any more.`)
    const { command, healthPath, stopGraceSeconds, memoryMegabytes, cpuPercent } = service
    return {
      ...{ environment, service: service.name, version, command, healthPath, stopGraceSeconds },
      ...{ memoryMegabytes, cpuPercent, folder: await folderOf(service.name, version) },
      env: await environments.values(environment),
      secretEnv: await environments.openSecrets(environment),
    }
  }
  const moves = createMoves({ store, target, traffic, clock, workload })
  const service = createRolloutService({
    ...{ store, history, artifacts, moves, target, traffic, jobs, clock, freePort, onChange },
    refusal: async (environment) => (shared ? sharedRefusal : environments.refusal(environment).catch(asReason)),
  })
  const course = createCourse({
    ...{ moves, history, clock },
    replicasOf: async (name) => (await store.service(name))?.replicas ?? 1,
    read: (metric, question, signal) => readMetric({ target, traffic, query, folderOf }, metric, question, signal),
    onChange: (id) => onChange({ changed: 'rollouts', id }),
  })
  jobs.define({
    kind: jobKind,
    title: 'Roll out',
    attempts: 1,
    describe: (input) => ({ rollout: input }),
    run: (job, input) => course(job, String(input)),
  })

  /** @returns what could not be. */
  async function takeUpAll(): Promise<readonly string[]> {
    const problems = await takeUp(await gatewayFiles(), moves.reassert)
    try {
      await plane.serveMetrics(await metricsPort())
      return problems
    } catch (thrown) {
      return [...problems, `The gateway's metrics are not served: ${asAppError(thrown).message}`]
    }
  }

  /** The agent died: its processes go on, and a new one takes them up and serves them again. */
  async function startAgain(): Promise<void> {
    log.warn('the agent went away', {})
    await sleep(restartAfterMs)
    for (const problem of await takeUpAll()) log.error('not taken up', { problem })
    onGateway()
  }

  /** An instance of the new version that falls ill ends a wait at once, however long that is. */
  async function watched(key: string): Promise<void> {
    const name = workloadOf(key)
    if (!name) return
    onChange({ changed: 'rollouts', id: null })
    await moves.serveAgain(name.environment, name.service)
    const found = (await history.running()).find(
      (each) => each.environment === name.environment && each.service === name.service,
    )
    if (!found || found.jobId === null || found.toVersion !== name.version || found.state === 'rolling-back') return
    const [state] = (await target.observe(name)).filter(({ index }) => index === name.index)
    if (state?.hopeless && !state.ready)
      await service.tell(found, {
        ...{ kind: 'abort', by: null, reason: `Instance ${name.index} fell ill. ${state.reason ?? ''}`.trim() },
      })
  }

  const healthOf = async ({ service: name, environment, version, port, desired }: StoredPlacement) => {
    const wanted = desired.versions.find((each) => each.version === version)
    const instances = version === null ? [] : await target.observe({ environment, service: name, version })
    const ready = instances.filter((each) => each.ready).length
    const reasons = instances.flatMap(({ index, ready: good, reason }) =>
      good ? [] : [`Instance ${index} is not ready. ${reason ?? ''}`.trim()],
    )
    const status =
      version === null || !wanted
        ? 'unknown'
        : ready === 0
          ? 'unhealthy'
          : ready < wanted.replicas
            ? 'degraded'
            : 'healthy'
    return {
      ...{ service: name, version, ready, desired: wanted?.replicas ?? 0, status: status as ServiceHealth['status'] },
      ...{ reasons, address: `http://127.0.0.1:${port}` },
    }
  }

  return {
    service: serve(
      contracts.rollouts,
      rolloutHandlers({ service, changes }),
      rolloutResources({ history, environment: environments.resource }),
    ),
    async start() {
      if (shared) return []
      const problems = await takeUpAll()
      if ((await store.placements()).length > 0) await service.resumeAll()
      return problems
    },
    async health(environment) {
      if (shared) return []
      const placements = (await store.placements()).filter((each) => each.environment === environment)
      return Promise.all(placements.map(healthOf))
    },
    async retire(environment) {
      for (const placement of await store.placements())
        if (placement.environment === environment) await service.decommission(environment, placement.service)
    },
    plane,
    close: agent.close,
  }
}
