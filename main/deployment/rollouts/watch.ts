import { setTimeout as sleep } from 'node:timers/promises'
import type { Instance, Target, WorkloadName } from './engine.ts'
import type { StoredPlacement } from './store.ts'

type Options = {
  readonly placements: () => Promise<readonly StoredPlacement[]>
  /** Whether the target of an environment tells nothing by itself, and has to be asked. */
  readonly isWatched: (environment: string) => Promise<boolean>
  readonly observe: Target['observe']
  /** Told when the instances of a version are not as they were at the look before. */
  readonly onChange: (name: WorkloadName, instances: readonly Instance[]) => Promise<void>
  /** Whether something runs that is not meant to. */
  readonly hasLeft: (placement: StoredPlacement) => boolean
  /** Told when what is looked after is not what is meant to run. */
  readonly onDiffering: (placement: StoredPlacement) => Promise<void>
  readonly onError: (error: unknown) => void
  readonly everyMs: number
}

/** Looks at what runs where nothing tells of changes by itself, one service after another. @returns what ends it. */
export function watchInstances({ placements, isWatched, observe, everyMs, ...told }: Options): () => void {
  const life = new AbortController()
  const last = new Map<string, string>()

  const look = async (placement: StoredPlacement): Promise<void> => {
    const { environment, service, desired } = placement
    let differs = told.hasLeft(placement)
    for (const { version, replicas } of desired.versions) {
      const name = { environment, service, version }
      const instances = await observe(name)
      if (life.signal.aborted) return
      const wanted = instances.filter(({ index }) => index < replicas)
      differs ||= wanted.length < replicas || wanted.some(({ abandoned }) => abandoned)
      const key = `${environment}/${service}/${version}`
      const now = JSON.stringify(
        wanted.map(({ index, endpoint, ready, hopeless }) => [index, endpoint, ready, hopeless]),
      )
      if (last.get(key) !== now) await told.onChange(name, instances)
      last.set(key, now)
    }
    if (differs) await told.onDiffering(placement)
  }
  const lookAtAll = async (): Promise<void> => {
    for (const placement of await placements()) {
      if (life.signal.aborted) return
      if (await isWatched(placement.environment)) await look(placement).catch(told.onError)
    }
  }
  const run = async (): Promise<void> => {
    while (!life.signal.aborted) {
      await sleep(everyMs, undefined, { signal: life.signal, ref: false })
      await lookAtAll().catch(told.onError)
    }
  }
  run().catch(() => {})
  return () => life.abort()
}
