import { matchesEverything } from '#main/engines/prometheus/label-matchers.ts'
import { type Clock, iso } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import { formatMatchers, type Matcher } from '#preload/observability/matchers.ts'
import { localTarget, type Silence } from '#preload/observability/silences.ts'
import type { SilenceDraft, SilenceEngine } from './engine.ts'
import type { SilenceStore } from './store.ts'

export type Reference = { readonly target: string; readonly id: string }

type Ports = {
  readonly store: SilenceStore
  readonly clock: Clock
  /** The engine behind a target. @throws AppError when it cannot be reached or is locked. */
  readonly engine: (target: string) => Promise<SilenceEngine>
  /** Silences of the Alertmanagers as last told, and how many alerts each suppresses. */
  readonly remote: () => Promise<{
    silences: Silence[]
    unavailable: { target: string; name: string; reason: string; asOf: string | null }[]
  }>
  readonly suppressedCounts: () => Promise<ReadonlyMap<string, number>>
  /** Ids of the alerts that matchers cover at a target. */
  readonly covered: (target: string, matchers: readonly Matcher[]) => Promise<readonly string[]>
  /** Told after a silence at a target changed; resolves when the inbox shows it. */
  readonly onChange: (target: string) => Promise<void>
  /** Notes on the alerts that somebody silenced them. */
  readonly onSilenced: (alertIds: readonly string[], text: string, correlationId: string, by: string) => Promise<void>
}

type OnDone = (before: SilenceDraft, after: Reference) => void

export type Actor = { readonly name: string; readonly correlationId: string }

/** Ended silences of this workspace are listed for this long. */
const expiredShownMs = 5 * 24 * 3600_000

export function createSilenceService(ports: Ports) {
  const { store, clock, engine, onChange } = ports

  const check = (draft: SilenceDraft): void => {
    if (matchesEverything(draft.matchers))
      throw new AppError('invalid', 'These matchers would silence everything.', {
        hint: 'Add a matcher that does not match the empty value.',
        at: 'matchers',
      })
    if (draft.endsAt <= draft.startsAt)
      throw new AppError('invalid', 'The silence ends before it starts.', { hint: 'Choose a later end.', at: 'endsAt' })
    if (Date.parse(draft.endsAt) <= clock.now())
      throw new AppError('invalid', 'The silence would have ended already.', {
        hint: 'Choose an end in the future.',
        at: 'endsAt',
      })
  }

  const using = async <T>(target: string, work: (engine: SilenceEngine) => Promise<T>): Promise<T> => {
    const opened = await engine(target)
    try {
      return await work(opened)
    } finally {
      await opened.close()
    }
  }

  const stateOf = (startsAt: string, endsAt: string): Silence['state'] => {
    const now = iso(clock.now())
    return endsAt <= now ? 'expired' : startsAt > now ? 'pending' : 'active'
  }

  return {
    async list(states: readonly Silence['state'][]) {
      const { silences, unavailable } = await ports.remote()
      const counts = await ports.suppressedCounts()
      const local = (await store.list(iso(clock.now() - expiredShownMs))).map(
        (silence): Silence => ({
          ...silence,
          matchers: [...silence.matchers],
          target: localTarget,
          targetName: 'This workspace',
          environment: null,
          state: stateOf(silence.startsAt, silence.endsAt),
          suppressed: counts.get(silence.id) ?? 0,
        }),
      )
      const all = [...silences, ...local].filter((silence) => states.includes(silence.state))
      return { silences: all.sort((a, b) => (a.endsAt < b.endsAt ? -1 : 1)), unavailable }
    },

    async create(target: string, draft: SilenceDraft, actor: Actor, signal: AbortSignal): Promise<Reference> {
      check(draft)
      const covered = await ports.covered(target, draft.matchers)
      const id = await using(target, (silences) => silences.create(draft, signal))
      await ports.onSilenced(
        covered,
        `${formatMatchers(draft.matchers)} until ${draft.endsAt}: ${draft.comment}`,
        actor.correlationId,
        actor.name,
      )
      await onChange(target)
      return { target, id }
    },

    async edit(
      { target, id }: Reference,
      draft: SilenceDraft,
      signal: AbortSignal,
    ): Promise<{ before: SilenceDraft; after: Reference }> {
      check(draft)
      const result = await using(target, async (silences) => {
        const before = await silences.find(id, signal)
        return { before, id: await silences.edit(id, draft, signal) }
      })
      await onChange(target)
      return { before: result.before, after: { target, id: result.id } }
    },

    /** Moves the end of each, telling `onDone` as it goes; stops at the first that fails. */
    extend: (references: readonly Reference[], endsAt: string, signal: AbortSignal, onDone: OnDone): Promise<void> =>
      each(references, signal, async (reference, silences) => {
        const before = await silences.find(reference.id, signal)
        const draft = { ...before, endsAt }
        check(draft)
        onDone(before, { ...reference, id: await silences.edit(reference.id, draft, signal) })
      }),

    /** Ends each now, telling `onDone` as it goes; stops at the first that fails. */
    expire: (references: readonly Reference[], signal: AbortSignal, onDone: OnDone): Promise<void> =>
      each(references, signal, async (reference, silences) => {
        const before = await silences.find(reference.id, signal)
        await silences.expire(reference.id, signal)
        onDone(before, reference)
      }),

    /** Active silences of this workspace, for the inbox. */
    local: () => store.list(iso(clock.now())),
  }

  async function each(
    references: readonly Reference[],
    signal: AbortSignal,
    act: (reference: Reference, silences: SilenceEngine) => Promise<void>,
  ): Promise<void> {
    const targets = Map.groupBy(references, (reference) => reference.target)
    for (const [target, ofTarget] of targets) {
      let done = 0
      try {
        await using(target, async (silences) => {
          for (const reference of ofTarget) {
            signal.throwIfAborted()
            await act(reference, silences)
            done++
          }
        })
      } finally {
        if (done > 0) await onChange(target)
      }
    }
  }
}

export type SilenceService = ReturnType<typeof createSilenceService>
