import { v7 as uuid } from 'uuid'
import { type Clock, iso } from '#main/kernel/clock.ts'
import type { Jobs } from '#main/kernel/jobs/kind.ts'
import { AppError } from '#preload/contract/error.ts'
import type { VersionMeasurement } from '#preload/deployment/measurement.ts'
import type {
  ListedRollout,
  Plan,
  Rollout,
  RolloutDetail,
  RolloutInput,
  Service,
  ServiceInput,
  StartInput,
} from '#preload/deployment/rollouts.ts'
import type { Artifacts } from './artifacts.ts'
import {
  beginningOf,
  beginsWith,
  type Configuration,
  changedSince,
  comesBackWith,
  whyNotAgain,
} from './configuration.ts'
import type { Configurations } from './configurations.ts'
import { type RolloutSignal, signalName } from './course.ts'
import { nothingDesired } from './desired.ts'
import type { Target, Traffic } from './engine.ts'
import type { RolloutHistory, StoredRollout } from './history.ts'
import { measureVersions } from './measurements.ts'
import type { Moves } from './moves.ts'
import { planRollout } from './plan.ts'
import { createReleases } from './releases.ts'
import type { RolloutStore, StoredPlacement, StoredService } from './store.ts'

type Ports = {
  readonly store: RolloutStore
  readonly history: RolloutHistory
  readonly artifacts: Artifacts
  readonly moves: Moves
  readonly target: Target
  readonly traffic: Traffic
  readonly jobs: Pick<Jobs, 'start' | 'signal'>
  readonly clock: Clock
  readonly configurations: Pick<Configurations, 'find' | 'present' | 'standing'>
  /** Why nothing may be rolled out to an environment now; null when it may. */
  readonly refusal: (environment: string) => Promise<string | null>
  /** How a rollout would part from what Git says, as a sentence. */
  readonly drift: (input: RolloutInput) => Promise<string | null>
  /** Forgets what Git says of a service. */
  readonly forgetSources: (service: string) => Promise<void>
  /** A port of this machine for a service that is served for the first time. */
  readonly freePort: () => Promise<number>
  /** Rollouts that somebody stops; see `createCourse`. */
  readonly stopping: Set<string>
  readonly onChange: (change: { changed: 'services' | 'rollouts'; id: string | null }) => void
}

/** Who starts something, and who approved it. */
type By = { readonly name: string; readonly approvals: readonly string[] }

export const jobKind = 'rollout'
/** Time over which the requests of a plan are counted. */
const recentMs = 5 * 60_000
/** Ports that are tried for a service that is served for the first time: another program may take one meanwhile. */
const mostPorts = 10

/** Services, their releases, and the rollouts that bring them into environments. */
export function createRolloutService(ports: Ports) {
  const {
    store,
    history,
    artifacts,
    moves,
    target,
    traffic,
    jobs,
    clock,
    configurations,
    refusal,
    drift,
    forgetSources,
    freePort,
    stopping,
    onChange,
  } = ports

  const addressOf = ({ port }: StoredPlacement): string => `http://127.0.0.1:${port}`
  const shown = (service: StoredService, placements: readonly StoredPlacement[]): Service => ({
    ...service,
    placements: placements
      .filter((placement) => placement.service === service.name)
      .map((placement) => {
        const { environment, version, previous, port } = placement
        return { environment, version, previous, port, address: addressOf(placement) }
      }),
  })
  const findService = async (name: string): Promise<StoredService> => {
    const found = await store.service(name)
    if (found) return found
    throw new AppError('not_found', `There is no service ${name}.`, { at: 'service' })
  }
  const findRollout = async (id: string): Promise<StoredRollout> => {
    const found = await history.find(id)
    if (found) return found
    throw new AppError('not_found', 'There is no such rollout.')
  }
  const running = async (environment: string, service: string): Promise<boolean> =>
    (await history.running()).some((each) => each.environment === environment && each.service === service)

  const planFor = async (input: RolloutInput): Promise<Plan> => {
    const { environment, service, version } = input
    const placement = await store.placement(environment, service)
    return planRollout({
      input,
      service: await store.service(service),
      release: await store.release(service, version),
      placement,
      refusal: await refusal(environment),
      running: await running(environment, service),
      configuration: await configurationFor(environment, service, placement?.version ?? null),
      requestsPerSecond: placement?.version ? await recentRequests(environment, service) : null,
      drift: await drift(input),
      production: /^prod/.test(environment),
    })
  }
  /** What the version that runs has, and what one that is rolled out gets; null where there is no such environment or service. */
  const configurationFor = async (environment: string, service: string, version: string | null) => {
    try {
      const next = await configurations.present({ environment, service })
      return { running: version === null ? null : await configurations.find({ environment, service, version }), next }
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code === 'not_found') return null
      throw thrown
    }
  }
  const recentRequests = async (environment: string, service: string): Promise<number | null> => {
    const measured = await traffic.measure(environment, service, iso(clock.now() - recentMs)).catch(() => [])
    const windows = measured.flatMap((each) => each.windows)
    const first = windows.map(({ at }) => Date.parse(at)).toSorted((a, b) => a - b)[0]
    const requests = windows.reduce((sum, window) => sum + window.requests, 0)
    return first === undefined || requests === 0 ? null : requests / Math.max(1, (clock.now() - first) / 1_000)
  }

  const place = async (environment: string, service: string): Promise<StoredPlacement> => {
    const known = await store.placement(environment, service)
    if (known) return known
    for (let tried = 1; ; tried++) {
      const port = await freePort()
      const fresh = { environment, service, port, version: null, previous: null, desired: nothingDesired }
      try {
        await store.insertPlacement(fresh, iso(clock.now()))
        // Opens its address now, before an instance of whatever service is given the same port.
        await moves.serveAgain(environment, service)
        return fresh
      } catch (thrown) {
        await store.removePlacement(environment, service)
        const taken = thrown instanceof AppError && thrown.code === 'conflict'
        if (!taken || tried === mostPorts) throw thrown
      }
    }
  }

  const begin = async (input: StartInput, by: By, isRollback: boolean, text: string): Promise<Rollout> => {
    const present = await configurations.present(input)
    if (!isRollback) await refuseOther(input, by, present)
    const placement = await place(input.environment, input.service)
    const at = iso(clock.now())
    const rollout: StoredRollout = {
      id: uuid(),
      ...{ environment: input.environment, service: input.service, strategy: input.strategy, analysis: input.analysis },
      ...{ fromVersion: placement.version, toVersion: input.version, isRollback, startedBy: by.name, startedAt: at },
      ...{
        state: 'running',
        phase: text,
        step: null,
        weight: 0,
        endedAt: null,
        jobId: null,
        approvals: [...by.approvals],
      },
    }
    const { recorded, says } = await configurationOf(rollout, present)
    await history.insert(rollout, recorded)
    await history.addEvent(rollout.id, { at, kind: 'started', text, by: by.name })
    await history.addEvent(rollout.id, { at, kind: 'configuration', text: says, by: null })
    const jobId = await startJob(rollout)
    return { ...rollout, jobId }
  }
  /** What was approved, or seen in a plan, begins, or nothing does. */
  const refuseOther = async ({ service, version, begins }: StartInput, by: By, present: Configuration) => {
    const approved = by.approvals.length > 0
    const digest = (await store.release(service, version))?.digest ?? ''
    const changed = begins
      ? changedSince(version, begins, beginningOf(digest, present))
      : `What was approved does not say with what ${version} begins.`
    if (changed === null || (begins === undefined && !approved)) return
    const hint = approved ? 'Ask for approval anew, with what its plan says now.' : 'Look at its plan again.'
    throw new AppError('conflict', changed, { hint })
  }
  /** What is to be recorded for a rollout, and a sentence on it. A way back has what is recorded already. */
  const configurationOf = async (rollout: StoredRollout, present: Configuration) => {
    const { environment, service, fromVersion: from, toVersion: version, startedAt: recordedAt } = rollout
    const fresh = { ...present, version, recordedAt }
    if (rollout.isRollback) {
      const known = await configurations.find({ environment, service, version })
      return { recorded: known ? null : fresh, says: comesBackWith(version, known, present) }
    }
    const runs = from === null ? null : await configurations.find({ environment, service, version: from })
    return {
      recorded: fresh,
      says: beginsWith(version, present, from === null ? null : { version: from, recorded: runs }),
    }
  }
  const startJob = async ({ id, service, environment, toVersion }: StoredRollout): Promise<string> => {
    const title = `Roll ${service} ${toVersion} out to ${environment}`
    const jobId = await jobs.start(jobKind, id, `rollout:${id}`, { title })
    await history.change(id, { jobId })
    onChange({ changed: 'rollouts', id })
    return jobId
  }
  const signal = async (rollout: StoredRollout, told: RolloutSignal): Promise<Rollout> => {
    if (rollout.endedAt !== null) throw new AppError('conflict', 'This rollout has ended.')
    if (rollout.jobId === null) throw new AppError('conflict', 'This rollout is only starting. Try again.')
    await jobs.signal(rollout.jobId, signalName, told)
    return findRollout(rollout.id)
  }

  return {
    services: async (): Promise<Service[]> => {
      const placements = await store.placements()
      return (await store.services()).map((service) => shown(service, placements))
    },
    ...createReleases(ports),
    plan: planFor,
    async configurations(service: string) {
      const placements = (await store.placements()).filter((each) => each.service === service)
      const changing = (await history.running()).filter((each) => each.service === service)
      const all = placements.map(async ({ environment, version, previous }) => {
        const now = await configurations.present({ environment, service })
        const coming = changing.find((each) => each.environment === environment)?.toVersion ?? null
        const versions = [...new Set([version, coming, previous])].filter((each) => each !== null)
        return Promise.all(
          versions.map(async (each) => ({
            ...(await configurations.standing({ environment, service, version: each }, now)),
            environment,
          })),
        )
      })
      return (await Promise.all(all)).flat()
    },
    async list(filter: Parameters<RolloutHistory['list']>[0]): Promise<ListedRollout[]> {
      const found = await history.list(filter)
      const back = found.filter(({ state }) => state === 'rolled-back' || state === 'rolling-back')
      const reasons = await history.reasons(back.map(({ id }) => id))
      return found.map((each) => ({ ...each, wentBack: reasons.get(each.id) ?? null }))
    },
    async get(id: string): Promise<RolloutDetail> {
      const rollout = await findRollout(id)
      return {
        ...rollout,
        events: await history.events(id),
        analysisRuns: await history.analysisRuns(id),
        lastMeasured: await history.lastMeasured(id),
      }
    },
    async measurements(environment: string, service: string, minutes: number): Promise<VersionMeasurement[]> {
      const placement = await store.placement(environment, service)
      if (!placement) return []
      const since = iso(clock.now() - minutes * 60_000)
      return measureVersions({ target, traffic }, placement, since)
    },

    async saveService(
      input: ServiceInput,
      revision: number | null,
    ): Promise<{ before: Service | null; after: Service }> {
      const at = iso(clock.now())
      const present = await store.service(input.name)
      const placements = await store.placements()
      if (revision === null) {
        const fresh: StoredService = { ...input, id: uuid(), revision: 1, createdAt: at, updatedAt: at }
        await store.insertService(fresh)
        onChange({ changed: 'services', id: fresh.id })
        return { before: null, after: shown(fresh, []) }
      }
      const before = present ?? (await findService(input.name))
      if (!(await store.replaceService(input.name, revision, input, at)))
        throw new AppError('conflict', 'Somebody changed this service meanwhile; nothing was saved.', {
          hint: 'Look at its present settings, then make your change again.',
        })
      onChange({ changed: 'services', id: before.id })
      const after = { ...before, ...input, revision: revision + 1, updatedAt: at }
      return { before: shown(before, placements), after: shown(after, placements) }
    },

    async removeService(name: string): Promise<StoredService> {
      const service = await findService(name)
      const placed = (await store.placements()).find((each) => each.service === name)
      if (placed)
        throw new AppError('conflict', `${name} is served in ${placed.environment}.`, { hint: 'Stop it there first.' })
      const releases = await store.releases(name)
      await forgetSources(name)
      await store.removeService(name)
      for (const { digest } of releases) if ((await store.usesOf(digest)) === 0) await artifacts.remove(digest)
      onChange({ changed: 'services', id: service.id })
      return service
    },

    /** @param text says why it is started, when nobody pressed. @throws AppError `conflict` with the first reason that blocks it. */
    async start(input: StartInput, by: By, text?: string): Promise<Rollout> {
      const { blocked } = await planFor(input)
      if (blocked[0] !== undefined)
        throw new AppError('conflict', blocked[0], blocked.length > 1 ? { hint: blocked.slice(1).join(' ') } : {})
      return begin(input, by, false, text ?? `${by.name} rolls ${input.version} out by ${input.strategy.kind}.`)
    },

    async resume(id: string, by: string): Promise<Rollout> {
      const rollout = await findRollout(id)
      if (rollout.state !== 'paused') throw new AppError('conflict', 'This rollout waits for nobody.')
      return signal(rollout, { kind: 'resume', by })
    },
    async abort(id: string, reason: string, by: string): Promise<Rollout> {
      const rollout = await findRollout(id)
      if (rollout.state === 'rolling-back') throw new AppError('conflict', 'This rollout goes back already.')
      const told = await signal(rollout, { kind: 'abort', by, reason: reason || 'Aborted by hand.' })
      stopping.add(id)
      return told
    },

    async rollBack(environment: string, service: string, reason: string, by: By): Promise<Rollout> {
      const placement = await store.placement(environment, service)
      if (!placement?.previous)
        throw new AppError('conflict', `Nothing ran before what runs of ${service} in ${environment}.`)
      const input: RolloutInput = {
        ...{ environment, service, version: placement.previous, strategy: { kind: 'immutable' } },
        analysis: { metrics: [], intervalSeconds: 5, looks: 1, inconclusiveAllowed: 0 },
      }
      // A lock or a freeze holds back what is new, not the way back.
      const blocked = (await planFor(input)).blocked.filter((text) => !text.includes('is excluded'))
      const refused = await refusal(environment)
      const reasons = blocked.filter((text) => text !== refused)
      if (reasons[0] !== undefined) throw new AppError('conflict', reasons[0])
      const recorded = await configurations.find({ environment, service, version: placement.previous })
      const gone = whyNotAgain(environment, recorded, await configurations.present({ environment, service }))
      if (gone !== null) throw new AppError('conflict', gone, { hint: 'Set it again under Secrets, then go back.' })
      return begin(input, by, true, `${by.name} brings ${placement.previous} back. ${reason}`.trim())
    },

    async decommission(environment: string, service: string): Promise<number> {
      const placement = await moves.find(environment, service)
      if (await running(environment, service))
        throw new AppError('conflict', `A rollout of ${service} runs in ${environment}.`, { hint: 'Abort it first.' })
      let stopped = 0
      for (const { version, replicas } of placement.desired.versions) {
        await moves.end(environment, service, version)
        stopped += replicas
      }
      // What an interrupted end left.
      await target.sweep({ environment, service }, [])
      await moves.withdraw(environment, service)
      onChange({ changed: 'services', id: null })
      return stopped
    },

    output: moves.output,

    /** Takes up what an interruption left between the record of a rollout and its job. */
    async resumeAll(): Promise<void> {
      for (const rollout of await history.running()) if (rollout.jobId === null) await startJob(rollout)
    },
    /** What is told of an instance that fell ill names it whole, as it does where a rollout looks itself. */
    async tell(rollout: StoredRollout, told: RolloutSignal): Promise<Rollout> {
      if (told.kind !== 'abort' || told.by !== null) return signal(rollout, told)
      const { environment, service, toVersion } = rollout
      const ill = await moves.illness(environment, service, toVersion)
      return signal(rollout, { ...told, reason: ill ?? told.reason })
    },
    running: history.running,
  }
}

export type RolloutService = ReturnType<typeof createRolloutService>
