import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openArtifacts } from '#main/deployment/rollouts/artifacts.ts'
import type { Given } from '#main/deployment/rollouts/configuration.ts'
import { createConfigurationStore } from '#main/deployment/rollouts/configuration-store.ts'
import { createConfigurations } from '#main/deployment/rollouts/configurations.ts'
import { createCourse } from '#main/deployment/rollouts/course.ts'
import type { Instance, WorkloadName } from '#main/deployment/rollouts/engine.ts'
import { workloadOf } from '#main/deployment/rollouts/engines/machine.ts'
import { rolloutHandlers } from '#main/deployment/rollouts/handlers.ts'
import { createRolloutHistory } from '#main/deployment/rollouts/history.ts'
import { createMoves } from '#main/deployment/rollouts/moves.ts'
import { type ReadingPorts, readMetric } from '#main/deployment/rollouts/readings.ts'
import { rolloutResources } from '#main/deployment/rollouts/resources.ts'
import { createRolloutService, jobKind } from '#main/deployment/rollouts/service.ts'
import { serviceHealth } from '#main/deployment/rollouts/service-health.ts'
import { createRolloutStore, type StoredPlacement } from '#main/deployment/rollouts/store.ts'
import { watchInstances } from '#main/deployment/rollouts/watch.ts'
import { createWorkloads } from '#main/deployment/rollouts/workloads.ts'
import { freePort } from '#main/engines/supervisor/free-port.ts'
import type { GatewayPlane } from '#main/integration/gateway/gateway-plane.ts'
import type { PlaneConfigInput } from '#main/integration/gateway/plane/config.ts'
import type { Resource } from '#main/kernel/access/policy.ts'
import type { AuditLog } from '#main/kernel/audit/log.ts'
import type { Clock } from '#main/kernel/clock.ts'
import type { Jobs } from '#main/kernel/jobs/kind.ts'
import type { Log } from '#main/kernel/log/log.ts'
import { type Service, serve } from '#main/kernel/service.ts'
import { dialectOf } from '#main/kernel/store/portable.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { contracts } from '#preload/app/contracts.ts'
import { AppError, asAppError } from '#preload/contract/error.ts'
import type { HostState, ServiceHealth } from '#preload/deployment/environments.ts'
import { linkAgent } from './agent-link.ts'
import type { DataFolder } from './data-folder.ts'
import { openGitSources } from './git-sources.ts'
import type { Places } from './places.ts'
import { type EnvironmentPlace, openTargets } from './targets.ts'
import { gatewayTraffic } from './traffic.ts'

export type RolloutChange = { readonly changed: 'services' | 'rollouts'; readonly id: string | null }

/** What rollouts need of environments. */
export type EnvironmentPorts = {
  /** Why nothing may be rolled out there now: it does not exist, is locked or frozen. */
  readonly refusal: (environment: string) => Promise<string | null>
  /** What it gives now; to be had while the vault is locked. */
  readonly configuration: (environment: string) => Promise<Given>
  /** All of them, or those that are named. */
  readonly openSecrets: (environment: string, names?: readonly string[]) => Promise<Readonly<Record<string, string>>>
  readonly place: (environment: string) => Promise<EnvironmentPlace>
  readonly resource: (environment: string | null, id?: string) => Promise<Resource>
}

type Options = {
  readonly workspace: Workspace
  readonly folder: DataFolder
  readonly places: Places
  readonly vault: Vault
  readonly audit: Pick<AuditLog, 'begin' | 'finish'>
  readonly jobs: Jobs
  readonly clock: Clock
  readonly log: Log
  readonly environments: EnvironmentPorts
  /** Milliseconds between two looks at a source in Git. */
  readonly gitEveryMs?: number | undefined
  readonly query: ReadingPorts['query']
  readonly alerts: ReadingPorts['alerts']
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
  readonly services: readonly Service[]
  readonly plane: GatewayPlane
  /** Puts what is to run in force again; after the jobs were resumed. @returns what could not be. */
  readonly start: () => Promise<readonly string[]>
  readonly health: (environment: string) => Promise<readonly ServiceHealth[]>
  readonly hosts: (environment: string) => Promise<readonly HostState[]>
  readonly placed: (environment: string) => Promise<readonly string[]>
  /** What opens the hosts of an environment has changed. */
  readonly forgetHosts: (environment: string) => void
  /** What waited for secrets, since it ended while the vault was locked, is started. */
  readonly vaultOpened: () => Promise<void>
  /** Stops everything in an environment; with `leave`, what cannot be stopped is left where it runs. */
  readonly retire: (environment: string, leave: boolean) => Promise<void>
  readonly close: () => void
}

const restartAfterMs = 300
const isIll = ({ hopeless, ready }: Instance): boolean => hopeless && !ready
/** Hosts tell nothing by themselves, so they are asked. */
const lookAtHostsEveryMs = 5_000
const lookAtGitEveryMs = 30_000

const sharedRefusal =
  'A team shares this workspace, and “this machine” is another one for each of its members. Roll out from a workspace of this machine alone.'

const changingNow = ({ environment, service }: StoredPlacement): AppError =>
  new AppError('conflict', `A rollout of ${service} runs in ${environment}.`, { hint: 'Abort it first.' })

/** An environment that does not exist is a reason like any other. */
const asReason = (thrown: unknown): string => {
  if (thrown instanceof AppError && thrown.code === 'not_found') return thrown.message
  throw thrown
}

/** Why what opens the services of an environment cannot be had from the vault; null when it can. */
async function closedReason({ place, openSecrets }: EnvironmentPorts, environment: string): Promise<string | null> {
  try {
    const { target, key } = await place(environment)
    if (target.kind === 'ssh') await key()
    await openSecrets(environment)
    return null
  } catch (thrown) {
    const { message, hint } = asAppError(thrown)
    return hint === undefined ? message : `${message} ${hint}`
  }
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
    alerts,
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
    onEvent: (_, { key }) =>
      void watched(key).catch((error: unknown) => {
        if (asAppError(error).code !== 'cancelled') log.error('process event', { error })
      }),
    onLost: () => void startAgain().catch((error: unknown) => log.error('services not taken up', { error })),
  })
  const store = createRolloutStore(workspace)
  const history = createRolloutHistory(workspace)
  const artifacts = openArtifacts(join(folder.path, 'artifacts'))
  const configurations = createConfigurations({
    records: createConfigurationStore(workspace),
    given: environments.configuration,
    service: store.service,
    openSecrets: environments.openSecrets,
  })
  const targets = openTargets({
    ...{ processes: agent.remote, place: environments.place, resources: places.resources },
    memory: join(folder.path, 'hosts.json'),
    healthPath: configurations.healthPath,
  })
  const { target } = targets
  const { services: traffic, plane, takeUp } = gatewayTraffic({ agent })
  const { workload, folderOf } = createWorkloads({ store, artifacts, configurations })
  const runningOf = async ({ environment, service: name }: Pick<WorkloadName, 'environment' | 'service'>) =>
    (await history.running()).find((each) => each.environment === environment && each.service === name)
  const isChanging = async (placement: StoredPlacement): Promise<boolean> => (await runningOf(placement)) !== undefined
  const moves = createMoves({ store, target, traffic, clock, workload, isChanging })
  const stopping = new Set<string>()
  const service = createRolloutService({
    ...{ store, history, artifacts, moves, target, traffic, jobs, clock, configurations, freePort, stopping, onChange },
    drift: (input) => gitSources.drift(input),
    forgetSources: (name) => gitSources.removeOf({ service: name }),
    refusal: async (environment) =>
      shared
        ? sharedRefusal
        : ((await environments.refusal(environment).catch(asReason)) ??
          (await closedReason(environments, environment))),
  })
  const gitSources = openGitSources({
    ...{ workspace, folder: folder.path, vault: options.vault, audit: options.audit, clock, log, store },
    rollouts: () => service,
    environment: environments.resource,
    closed: shared ? sharedRefusal : null,
    onChange: () => onChange({ changed: 'services', id: null }),
    everyMs: options.gitEveryMs ?? lookAtGitEveryMs,
  })
  const course = createCourse({
    ...{ moves, history, clock, configurations, stopping, goBackInGit: gitSources.goBack },
    replicasOf: async (name) => (await store.service(name))?.replicas ?? 1,
    read: (metric, question, signal) =>
      readMetric({ target, traffic, query, alerts, folderOf }, metric, question, signal),
    onChange: (id) => onChange({ changed: 'rollouts', id }),
  })
  jobs.define({
    kind: jobKind,
    title: 'Roll out',
    attempts: 1,
    describe: (input) => ({ rollout: input }),
    byHand: {
      againRefusal: async (input) =>
        (await history.find(String(input)))?.endedAt === null
          ? null
          : 'The rollout has ended; what it did is no longer what should be. Begin another under Services.',
      cancelRefusal:
        'Stop the rollout under Rollouts: it goes back then, and does not leave requests between two versions.',
    },
    run: (job, input) => course(job, String(input)),
  })

  const onError = (error: unknown): void => log.warn('services of hosts', { error })

  /** What hosts keep running is served after one look: a host that is away must hold nothing up. The rest follows. */
  async function takeUpServices(): Promise<readonly string[]> {
    const remote: StoredPlacement[] = []
    const local: StoredPlacement[] = []
    for (const placement of await store.placements())
      ((await targets.isRemote(placement.environment)) ? remote : local).push(placement)
    const problems = await takeUp(await gatewayFiles(), async () => {
      const served = Promise.allSettled(remote.map((each) => moves.serveAgain(each.environment, each.service)))
      const found = await moves.reassert(local)
      await served
      return found
    })
    moves.reassert(remote).then((all) => all.map(onError), onError)
    return problems
  }

  /** @returns what could not be. */
  async function takeUpAll(): Promise<readonly string[]> {
    const problems = await takeUpServices()
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

  async function watched(key: string): Promise<void> {
    const name = workloadOf(key)
    if (name) await changed(name, await target.observe(name))
  }

  /** An instance of the new version that falls ill ends a wait at once, however long that is. */
  async function changed(name: WorkloadName, instances: readonly Instance[]): Promise<void> {
    onChange({ changed: 'rollouts', id: null })
    await moves.serveAgain(name.environment, name.service)
    const found = await runningOf(name)
    if (!found || found.jobId === null || found.toVersion !== name.version || found.state === 'rolling-back') return
    if (!instances.some(isIll)) return
    // Looked at again: what was seen may be the end of an earlier life of the version, just before this rollout began.
    const ill = (await target.observe(name)).find(isIll)
    if (ill)
      await service.tell(found, {
        ...{ kind: 'abort', by: null, reason: `Instance ${ill.index} fell ill. ${ill.reason ?? ''}`.trim() },
      })
  }
  const endWatch = watchInstances({
    hasLeft: moves.hasLeft,
    placements: async () => (shared ? [] : store.placements()),
    ...{
      isWatched: targets.isRemote,
      observe: target.observe,
      everyMs: lookAtHostsEveryMs,
      onError,
      onChange: changed,
    },
    async onDiffering(placement) {
      // A rollout sees to its instances itself.
      if (await isChanging(placement)) return
      for (const problem of await moves.reassert([placement])) onError(problem)
    },
  })

  const healthOf = async (placement: StoredPlacement): Promise<ServiceHealth> => {
    const { environment, service: name, version } = placement
    if (version === null) return serviceHealth(placement, [], null)
    const workloadName = { environment, service: name, version }
    const configuration = await configurations.standing(workloadName, await configurations.present(placement))
    return serviceHealth(placement, await target.observe(workloadName), configuration)
  }
  /** Serves a service no more without ending it where it cannot be reached; where it can, it was ended. */
  const leaveBehind = async (placement: StoredPlacement): Promise<void> => {
    const { environment, service: name } = placement
    await target.sweep(placement, []).catch(onError)
    await target.forget(placement).catch(onError)
    await store.removePlacement(environment, name)
    await traffic.withdraw(environment, name)
    onChange({ changed: 'services', id: null })
  }
  const placedIn = async (environment: string): Promise<StoredPlacement[]> =>
    (await store.placements()).filter((each) => each.environment === environment)

  return {
    services: [
      serve(
        contracts.rollouts,
        rolloutHandlers({ service, changes }),
        rolloutResources({ history, environment: environments.resource }),
      ),
      gitSources.service,
    ],
    async start() {
      if (shared) return []
      const problems = await takeUpAll()
      if ((await store.placements()).length > 0) await service.resumeAll()
      gitSources.start()
      return problems
    },
    async vaultOpened() {
      if (shared) return
      for (const problem of await moves.reassert()) onError(problem)
    },
    async health(environment) {
      if (shared) return []
      return Promise.all((await placedIn(environment)).map(healthOf))
    },
    hosts: async (environment) => (shared ? [] : targets.hosts(environment)),
    placed: async (environment) => (await placedIn(environment)).map((placement) => placement.service),
    forgetHosts: targets.forgetHosts,
    async retire(environment, leave) {
      const placed = await placedIn(environment)
      // Before anything is stopped: the second of two services must not be refused when the first is gone.
      for (const placement of placed) if (await isChanging(placement)) throw changingNow(placement)
      for (const placement of placed)
        await service.decommission(environment, placement.service).catch(async (thrown: unknown) => {
          if (!leave) throw thrown
          onError(thrown)
          await leaveBehind(placement)
        })
      targets.forgetHosts(environment)
      await gitSources.removeOf({ environment })
    },
    plane,
    close() {
      endWatch()
      gitSources.close()
      targets.close()
      agent.close()
    },
  }
}
