import type { Clock } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import type { SourceState } from '#preload/observability/alerts.ts'
import type { AlertEngine, Observation, ObservedSilence } from '../engine.ts'
import { type Poller, type PollState, startPoller } from './poller.ts'
import { productOf, type SourceSpec } from './spec.ts'

/** What a source last told besides its alerts; kept over restarts so that it can be shown offline. */
export type SourceMemory = {
  readonly at: number
  readonly silences: readonly ObservedSilence[] | null
  readonly cluster: readonly string[]
  readonly version: string | null
}

export type Source = {
  readonly spec: SourceSpec
  readonly engine: AlertEngine | null
  readonly poller: Poller | null
  memory: SourceMemory | null
  alerts: number
}

type Options = {
  readonly clock: Clock
  readonly connect: (spec: SourceSpec) => AlertEngine | null
  readonly recall: (sourceId: string) => SourceMemory | null
  readonly onObservation: (source: Source, observation: Observation) => Promise<void>
  readonly onRemoved: (sourceId: string) => void
  readonly onState: () => void
}

/** The sources of the inbox and their pollers. */
export function createSources({ clock, connect, recall, onObservation, onRemoved, onState }: Options) {
  const sources = new Map<string, Source>()
  const fingerprints = new Map<string, string>()

  const start = (spec: SourceSpec): void => {
    const engine = connect(spec)
    const source: { -readonly [K in keyof Source]: Source[K] } = {
      spec,
      engine,
      poller: null,
      memory: recall(spec.id),
      alerts: 0,
    }
    sources.set(spec.id, source)
    if (!engine) {
      onState()
      return
    }
    source.poller = startPoller({
      clock,
      intervalMs: spec.intervalMs,
      observe: engine.observe,
      onObservation: (observation) => onObservation(source, observation),
      onState,
    })
  }

  const stop = async (id: string): Promise<void> => {
    const source = sources.get(id)
    sources.delete(id)
    source?.poller?.stop()
    await source?.engine?.close()
  }

  const find = (id: string): Source => {
    const source = sources.get(id)
    if (!source) throw new AppError('not_found', 'This source is not connected.', { hint: 'Enable its connection.' })
    return source
  }

  return {
    all: (): Source[] => [...sources.values()],
    find,
    memoryOf: (id: string): SourceMemory | null => sources.get(id)?.memory ?? null,
    name: (id: string) => {
      const spec = sources.get(id)?.spec
      return { id, name: spec?.name ?? 'a removed source', kind: spec ? productOf(spec) : ('alertmanager' as const) }
    },

    /** Makes the running sources those of `specs`; unchanged ones go on undisturbed. */
    async set(specs: readonly SourceSpec[]): Promise<void> {
      const wanted = new Set(specs.map((spec) => spec.id))
      for (const id of [...sources.keys()])
        if (!wanted.has(id)) {
          await stop(id)
          fingerprints.delete(id)
          onRemoved(id)
        }
      for (const spec of specs) {
        const fingerprint = JSON.stringify(spec)
        if (fingerprints.get(spec.id) === fingerprint) continue
        const moved = sources.get(spec.id)?.spec.environment
        await stop(spec.id)
        if (moved !== undefined && moved !== spec.environment) onRemoved(spec.id)
        fingerprints.set(spec.id, fingerprint)
        start(spec)
      }
    },

    /** The engine of a source, for an action. @throws AppError when it cannot be asked at all. */
    engine(id: string): AlertEngine {
      const { engine, spec } = find(id)
      if (engine) return engine
      throw spec.kind === 'blocked'
        ? AppError.fromShape(spec.error)
        : new AppError('unsupported', `${spec.name} cannot do this.`)
    },

    states: (): SourceState[] => [...sources.values()].map(stateOf),

    async close(): Promise<void> {
      for (const id of [...sources.keys()]) await stop(id)
    },
  }
}

export type Sources = ReturnType<typeof createSources>

const iso = (ms: number | null | undefined): string | null => (ms == null ? null : new Date(ms).toISOString())

function stateOf({ spec, poller, memory, alerts }: Source): SourceState {
  const state: Partial<PollState> = poller?.state() ?? {}
  return {
    id: spec.id,
    name: spec.name,
    kind: productOf(spec),
    environment: spec.environment,
    status: state.status ?? 'paused',
    lastSuccessAt: iso(state.lastSuccessAt ?? memory?.at),
    nextAttemptAt: iso(state.nextAttemptAt),
    failures: state.failures ?? 0,
    error: spec.kind === 'blocked' ? spec.error : (state.error?.toShape() ?? null),
    version: state.version ?? memory?.version ?? null,
    alerts,
  }
}
