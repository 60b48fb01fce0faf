import { v7 as uuid } from 'uuid'
import type { Clock } from '#main/kernel/clock.ts'
import type { Log } from '#main/kernel/log/log.ts'
import { AppError, asAppError } from '#preload/contract/error.ts'
import type { Anchor, AnchorInput } from '#preload/security/audit-delivery.ts'
import type { IntegrityProblem } from '#preload/security/audit-integrity.ts'
import { type Step, startFollower } from '../follow/follower.ts'
import { changedMeanwhile, createFollowers, type Running, refuseSameName } from '../follow/followers.ts'
import { fromTheStart } from '../follow/progress.ts'
import type { AnchorPlace, Checkpoints } from './place.ts'
import { checkAnchor, samePlace } from './settings.ts'
import type { AnchorStore, StoredAnchor } from './store.ts'
import type { TokenStore } from './tsa.ts'

export type AnchorPorts = {
  readonly store: AnchorStore
  readonly clock: Clock
  readonly log: Log
  readonly checkpoints: Checkpoints
  readonly placeOf: (settings: AnchorInput, tokens: TokenStore) => Promise<AnchorPlace>
  readonly random: () => number
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  /** Whether this process is the one that does it, where several share a workspace; always, unless given. */
  readonly leads?: () => Promise<boolean>
}

export type AnchorChange = { readonly before: Anchor | null; readonly after: Anchor }

export type PutAnchor = {
  readonly id?: string | undefined
  readonly revision?: number | undefined
  readonly anchor: AnchorInput
}

/** What the anchors say of the log. `unreachable` are those that could not be asked; they prove nothing either way. */
export type AnchorVerdict = {
  readonly problems: readonly IntegrityProblem[]
  readonly unreachable: readonly { readonly name: string; readonly error: AppError }[]
}

const batch = 50

/** Anchors checkpoints outside the workspace, where whoever can rewrite the workspace cannot rewrite them. */
export function createAnchorService(ports: AnchorPorts) {
  const { store, checkpoints } = ports

  const shown = async ({ id, revision, settings, progress }: StoredAnchor): Promise<Anchor> => {
    const { cursor, lastSuccessAt, nextAttemptAt, error } = progress
    const behind = await checkpoints.countAfter(cursor)
    return { id, revision, settings, cursor, behind, lastSuccessAt, nextAttemptAt, error }
  }

  const find = async (id: string): Promise<StoredAnchor> => {
    const stored = await store.find(id)
    if (stored) return stored
    throw new AppError('not_found', 'This anchor does not exist any more.')
  }

  const placeFor = ({ id, settings }: StoredAnchor): Promise<AnchorPlace> => ports.placeOf(settings, store.tokens(id))

  const run = async (stored: StoredAnchor): Promise<Running> => {
    const { id, settings } = stored
    const place = await placeFor(stored)
    const follower = startFollower({
      ...ports,
      name: settings.name,
      load: async () => (await find(id)).progress,
      save: (progress) => store.saveProgress(id, progress),
      step: ({ cursor }, signal) => step(place, cursor, signal),
      end: () => Promise.resolve(),
    })
    return { follower }
  }

  const step = async (place: AnchorPlace, cursor: number, signal: AbortSignal): Promise<Step> => {
    const next = await checkpoints.after(cursor, batch)
    return next.length === 0 ? { kind: 'idle' } : { kind: 'moved', cursor: await place.keep(next, signal) }
  }

  const followers = createFollowers({ list: store.list, run, onNews: checkpoints.onCheckpoint })
  const { exclusively, launch, halt, start, reread, stop } = followers

  const put = async ({ id, revision, anchor }: PutAnchor): Promise<AnchorChange> => {
    const before = id === undefined ? null : await find(id)
    if (before !== null && before.revision !== revision) throw changedMeanwhile('anchor')
    if (before !== null && before.settings.kind !== anchor.kind)
      throw new AppError('invalid', 'The kind of an anchor cannot change.', { at: 'kind' })
    refuseSameName('anchor', anchor.name, await store.list(), before)
    checkAnchor(anchor)
    const seen = before === null ? null : await shown(before)
    if (before !== null) await halt(before.id)
    try {
      const after = await write(before, anchor)
      await launch(after)
      return { before: seen, after: await shown(after) }
    } catch (thrown) {
      if (before !== null) await launch(before)
      throw thrown
    }
  }

  /** Another place starts from the first checkpoint; the same one goes on, and is tried at once. */
  const write = async (before: StoredAnchor | null, settings: AnchorInput): Promise<StoredAnchor> => {
    if (before === null) {
      const added = { id: uuid(), revision: 1, settings, progress: fromTheStart }
      await store.insert(added)
      return added
    }
    const { progress } = await find(before.id)
    const kept = samePlace(before.settings, settings) ? { ...progress, error: null, nextAttemptAt: null } : fromTheStart
    const after = { ...before, revision: before.revision + 1, settings, progress: kept }
    if (await store.replace(after, before.revision)) return after
    throw changedMeanwhile('anchor')
  }

  return {
    list: async (): Promise<Anchor[]> => Promise.all((await store.list()).map(shown)),

    /** Adds or changes an anchor. @throws AppError `invalid`, `conflict`, `not_found`; nothing is changed then. */
    put: (change: PutAnchor): Promise<AnchorChange> => exclusively(() => put(change)),

    remove: (id: string): Promise<Anchor> =>
      exclusively(async () => {
        const before = await shown(await find(id))
        await halt(id)
        await store.remove(id)
        return before
      }),

    /** Asks every anchor, enabled or not, whether the log is still what it remembers. */
    async verify(signal: AbortSignal): Promise<AnchorVerdict> {
      const problems: IntegrityProblem[] = []
      const unreachable: { name: string; error: AppError }[] = []
      for (const stored of await store.list())
        try {
          problems.push(...(await (await placeFor(stored)).verify(signal)))
        } catch (thrown) {
          if (signal.aborted) throw thrown
          unreachable.push({ name: stored.settings.name, error: asAppError(thrown) })
        }
      return { problems, unreachable }
    },

    start,
    reread,
    stop,
  }
}

export type AnchorService = ReturnType<typeof createAnchorService>
