import { setTimeout as sleep } from 'node:timers/promises'
import { type Clock, iso } from '#main/kernel/clock.ts'
import { AppError, asAppError } from '#preload/contract/error.ts'
import { type Desired, type DesiredVersion, without, withReplicas, withSplit } from './desired.ts'
import type { Instance, Target, Traffic, Workload } from './engine.ts'
import { illnessOf } from './ill-instance.ts'
import { measureVersions } from './measurements.ts'
import type { RolloutStore, StoredPlacement } from './store.ts'
import { lastWords, withoutSecrets } from './written.ts'

type Ports = {
  readonly store: RolloutStore
  readonly target: Target
  readonly traffic: Traffic
  readonly clock: Clock
  /** The version as it is to run, with the configuration that is recorded for it, and its secrets as they are now. */
  readonly workload: (placement: StoredPlacement, version: string) => Promise<Workload>
  /** Whether a rollout changes what is meant to run. */
  readonly isChanging: (placement: StoredPlacement) => Promise<boolean>
}

const lookEveryMs = 100
const readyWithinMs = 60_000
const drainWithinMs = 30_000

/**
 * What a rollout does, one move at a time. Each writes down what is to be, then brings it about, so that it can be asked
 * for again after any interruption and does nothing twice.
 */
export function createMoves({ store, target, traffic, clock, workload, isChanging }: Ports) {
  const find = async (environment: string, service: string): Promise<StoredPlacement> => {
    const found = await store.placement(environment, service)
    if (found) return found
    throw new AppError('not_found', `${service} is not served in ${environment} any more.`)
  }
  const change = async (placement: StoredPlacement, desired: Desired): Promise<StoredPlacement> => {
    await store.changePlacement(placement, { desired }, iso(clock.now()))
    return { ...placement, desired }
  }
  const observe = ({ environment, service }: StoredPlacement, version: string): Promise<readonly Instance[]> =>
    target.observe({ environment, service, version })

  /** Services of which something runs that could not be ended. */
  const left = new Set<string>()
  /**
   * Tells the gateway what is meant to be at that moment. One after another for each service, and read anew in its turn:
   * of two that serve it at once, the later must not leave the earlier state in force.
   */
  const servingTurn = createTurns()
  /**
   * What is meant to run is changed, and started, in turn for each service: what is looked after must not start a
   * version again that was ended since it looked.
   */
  const startingTurn = createTurns()
  const serve = (environment: string, service: string): Promise<void> =>
    servingTurn(`${environment}/${service}`, () => serveNow(environment, service))
  const serveNow = async (environment: string, service: string): Promise<void> => {
    const placement = await store.placement(environment, service)
    if (!placement) return
    const versions = await Promise.all(
      placement.desired.versions.map(async ({ version, weight, replicas }) => {
        const kept = (await observe(placement, version)).filter(({ index }) => index < replicas)
        const ready = kept.filter((each) => each.ready)
        const endpoints = (ready.length > 0 ? ready : kept).flatMap(({ endpoint }) => (endpoint ? [endpoint] : []))
        return { version, weight, endpoints }
      }),
    )
    const { sticky, header, mirror } = placement.desired
    await traffic.serve({ environment, service, port: placement.port, versions, sticky, header, mirror })
  }

  /** What takes the secrets that a version has out of a text. @throws AppError `locked`, or `not_found` when one is gone. */
  const secretsTaker = async (placement: StoredPlacement, version: string) => {
    const { secretEnv } = await workload(placement, version)
    return (text: string): string => withoutSecrets(text, Object.values(secretEnv))
  }
  /** What is wrong with an instance, without secrets: where those are not to be had, without what it wrote. */
  const illness = async (placement: StoredPlacement, version: string, instance: Instance): Promise<string | null> => {
    const clean = await secretsTaker(placement, version).catch(() => null)
    if (clean !== null) return illnessOf(version, cleaned(instance, clean))
    return illnessOf(
      version,
      cleaned(instance, (text) => text.replace(/\s*Its last words: [\s\S]*$/, ''), ''),
    )
  }
  const written = async (placement: StoredPlacement, version: string) => {
    const { environment, service } = placement
    const all = (await target.output({ environment, service, version })).filter(({ text }) => text !== '')
    if (all.length === 0) return []
    const clean = await secretsTaker(placement, version)
    return all.map(({ instance, text }) => ({ instance, text: clean(text) }))
  }

  /** @throws AppError when an instance will not become ready, or was not in time, with what it says. */
  const becomeReady = async (
    placement: StoredPlacement,
    { version, replicas }: Pick<DesiredVersion, 'version' | 'replicas'>,
    signal: AbortSignal,
  ): Promise<void> => {
    const deadline = clock.monotonic() + readyWithinMs
    for (;;) {
      const instances = await observe(placement, version)
      if (instances.filter(({ ready }) => ready).length >= replicas) return
      const lost = instances.find(({ hopeless }) => hopeless)
      const late = clock.monotonic() > deadline
      if (lost || late) {
        const one = lost ?? instances.find(({ ready }) => !ready)
        const why = one && (one.reason !== null || one.lastEnd !== null) ? await illness(placement, version, one) : null
        const slow = `Instance ${one?.index ?? 0} of ${version} was not ready within ${readyWithinMs / 1_000} s.`
        throw new AppError('unreachable', why ?? slow, { hint: 'Look at what it wrote.', retryable: false })
      }
      await sleep(lookEveryMs, undefined, { signal })
    }
  }

  /**
   * Ends a version that gets no requests any more, when those under way are answered. @returns what was remarkable.
   * @throws AppError when it cannot be ended everywhere.
   */
  const end = async (environment: string, service: string, version: string): Promise<readonly string[]> => {
    const isMeant = await startingTurn(`${environment}/${service}`, async () => {
      const before = await find(environment, service)
      const known = before.desired.versions.some((each) => each.version === version)
      if (known) await change(before, without(before.desired, version))
      return known
    })
    if (!isMeant) return []
    await serve(environment, service)
    const name = { environment, service, version }
    const inFlight = await traffic.drained(name, drainWithinMs)
    const said = inFlight === 0 ? [] : [`${inFlight} requests were still under way after ${drainWithinMs / 1_000} s.`]
    return [...said, ...(await target.remove(name))]
  }

  /** Ends what is not meant to run; later, where a rollout may just have begun something new. */
  const sweep = async (placement: StoredPlacement): Promise<void> => {
    const { environment, service } = placement
    const key = `${environment}/${service}`
    left.add(key)
    if (await isChanging(placement)) return
    const now = await store.placement(environment, service)
    if (now)
      await target.sweep(
        { environment, service },
        now.desired.versions.map(({ version }) => version),
      )
    left.delete(key)
  }

  /** What runs is the version that is meant to from now on. @returns what was remarkable. */
  const settle = async (environment: string, service: string, version: string, previous: string | null) => {
    const placement = await find(environment, service)
    await store.changePlacement(placement, { version, previous }, iso(clock.now()))
    return target.settle({ environment, service, version })
  }

  return {
    find,
    /** Tells the gateway where the instances are now; one that was started again may be elsewhere. */
    serveAgain: serve,

    /** Serves a service in an environment no more, and forgets that it ever did. */
    withdraw: (environment: string, service: string): Promise<void> =>
      servingTurn(`${environment}/${service}`, async () => {
        await target.forget({ environment, service })
        await store.removePlacement(environment, service)
        await traffic.withdraw(environment, service)
      }),

    /** So many instances of a version, all ready, and known to the gateway. */
    async scale(environment: string, service: string, version: string, replicas: number, signal: AbortSignal) {
      const placement = await startingTurn(`${environment}/${service}`, async () => {
        const before = await find(environment, service)
        const changed = await change(before, withReplicas(before.desired, version, replicas))
        const known = before.desired.versions.find((each) => each.version === version)
        // Fewer: the gateway forgets those that end before they do.
        if (known && known.replicas > replicas) await serve(environment, service)
        await target.scale(await workload(changed, version), replicas, signal)
        return changed
      })
      await becomeReady(placement, { version, replicas }, signal)
      await serve(environment, service)
    },

    /** So many percent of the requests to a version, the rest to another; with what a strategy adds. */
    async shift(
      environment: string,
      service: string,
      split: { readonly version: string; readonly percent: number; readonly other: string | null },
      added: Partial<Pick<Desired, 'sticky' | 'header' | 'mirror'>> = {},
    ) {
      const before = await find(environment, service)
      const desired = { ...withSplit(before.desired, split.version, split.percent, split.other), ...added }
      await change(before, desired)
      await serve(environment, service)
    },

    /** The same, but one that cannot be ended now is ended with the next `reassert`. */
    async retire(environment: string, service: string, version: string): Promise<readonly string[]> {
      try {
        return await end(environment, service, version)
      } catch (thrown) {
        left.add(`${environment}/${service}`)
        if (!(thrown instanceof AppError) || thrown.code === 'locked') throw thrown
        return [`${version} could not be ended everywhere, and will be: ${thrown.message}`]
      }
    },

    /** Whether something runs that could not be ended. */
    hasLeft: ({ environment, service }: StoredPlacement): boolean => left.has(`${environment}/${service}`),

    end,

    settle,

    /** The same for the version before, which runs again; the one that ran before that can still be brought back. */
    async settleBack(environment: string, service: string, version: string) {
      const { previous } = await find(environment, service)
      await settle(environment, service, version, previous === version ? null : previous)
    },

    /** Why a version cannot serve as it should, or null. */
    async illness(environment: string, service: string, version: string): Promise<string | null> {
      const placement = await find(environment, service)
      const { desired } = placement
      const replicas = desired.versions.find((each) => each.version === version)?.replicas ?? 0
      const instances = (await target.observe({ environment, service, version })).filter(
        ({ index }) => index < replicas,
      )
      const ill = instances.find(({ ready, restarts }) => !ready || restarts > 0)
      if (!ill) return instances.length === 0 ? `No instance of ${version} runs.` : null
      return illness(placement, version, ill)
    },

    /** What the instances of a version wrote last, without secrets. @throws AppError `locked` while those cannot be known. */
    output: async (environment: string, service: string, version: string) =>
      written(await find(environment, service), version),

    /** The end of that, to be kept when it is gone, or why it is not; null where nothing was written. */
    async lastWords(environment: string, service: string, version: string): Promise<string | null> {
      try {
        return lastWords(version, await written(await find(environment, service), version))
      } catch (thrown) {
        return `What ${version} wrote was not kept. ${asAppError(thrown).message}`
      }
    },

    /** How these versions did since a moment, whether or not they are still meant to run. */
    async measured(environment: string, service: string, versions: readonly string[], since: string) {
      const placement = await find(environment, service)
      const known = placement.desired.versions.filter(({ version }) => versions.includes(version))
      const gone = versions.filter((version) => known.every((each) => each.version !== version))
      const all = [...known, ...gone.map((version) => ({ version, replicas: 0, weight: 0 }))]
      const desired = { ...placement.desired, versions: all }
      return measureVersions({ target, traffic }, { ...placement, desired }, since)
    },

    /** Puts everything, or some of it, in the state it is meant to be in. @returns what could not be. */
    async reassert(some?: readonly StoredPlacement[]): Promise<readonly string[]> {
      const problems: string[] = []
      for (const { environment, service } of some ?? (await store.placements())) {
        const key = `${environment}/${service}`
        const attempt = (work: Promise<unknown>): Promise<unknown> =>
          work.catch((thrown: unknown) => {
            problems.push(`${service} in ${environment}: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
          })
        const signal = new AbortController().signal
        const placement = await startingTurn(key, async () => {
          const now = await store.placement(environment, service)
          for (const { version, replicas } of now?.desired.versions ?? [])
            if (now) await attempt(workload(now, version).then((whole) => target.scale(whole, replicas, signal)))
          return now
        })
        if (!placement) continue
        await attempt(sweep(placement))
        // What runs is served even if some of it, or a host, is away.
        if (placement.desired.versions.length > 0) await attempt(serve(environment, service))
      }
      return problems
    },
  }
}

const cleaned = (instance: Instance, clean: (text: string) => string, lastLine?: string): Instance => ({
  ...instance,
  reason: instance.reason === null ? null : clean(instance.reason),
  lastEnd: instance.lastEnd && { ...instance.lastEnd, lastLine: lastLine ?? clean(instance.lastEnd.lastLine) },
})

/** Work of one key goes one after another. */
function createTurns() {
  const turns = new Map<string, Promise<unknown>>()
  return <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const turn = (turns.get(key) ?? Promise.resolve()).catch(() => {}).then(work)
    turns.set(key, turn)
    return turn
  }
}

export type Moves = ReturnType<typeof createMoves>
