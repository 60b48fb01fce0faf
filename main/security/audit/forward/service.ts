import { v7 as uuid } from 'uuid'
import type { Clock } from '#main/kernel/clock.ts'
import type { Log } from '#main/kernel/log/log.ts'
import type { SecretWrite, Vault } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'
import type { Forwarder, ForwarderInput } from '#preload/security/audit-delivery.ts'
import { startFollower } from '../follow/follower.ts'
import { changedMeanwhile, createFollowers, type Running, refuseSameName } from '../follow/followers.ts'
import { fromTheStart } from '../follow/progress.ts'
import { deliverySteps, type Entries } from './deliver.ts'
import {
  checkMoved,
  checkSettings,
  type ForwarderSettings,
  hasSecret,
  secretId,
  typedSecret,
  withoutSecret,
} from './settings.ts'
import type { ForwarderStore, StoredForwarder } from './store.ts'
import type { Target } from './target.ts'

export type ForwardPorts = {
  readonly store: ForwarderStore
  readonly vault: Pick<Vault, 'prepare' | 'open' | 'remove'>
  readonly clock: Clock
  readonly log: Log
  readonly entries: Entries
  /** Entries in the log now. */
  readonly size: () => Promise<number>
  readonly onAppend: (listener: () => void) => () => void
  readonly targetOf: (settings: ForwarderSettings, secret: string | null) => Target
  readonly random: () => number
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  /** Whether this process is the one that does it, where several share a workspace; always, unless given. */
  readonly leads?: () => Promise<boolean>
}

export type ForwarderChange = { readonly before: Forwarder | null; readonly after: Forwarder }

export type PutForwarder = {
  readonly id?: string | undefined
  readonly revision?: number | undefined
  readonly forwarder: ForwarderInput
}

/** Forwards the log to other places, each from its own cursor. The writer of the log never waits for any of it. */
export function createForwardService(ports: ForwardPorts) {
  const { store, vault } = ports

  const shown = ({ id, revision, settings, progress }: StoredForwarder, size: number): Forwarder => {
    const { cursor, lastSuccessAt, nextAttemptAt, error } = progress
    return { id, revision, settings, cursor, behind: Math.max(0, size - cursor), lastSuccessAt, nextAttemptAt, error }
  }

  const find = async (id: string): Promise<StoredForwarder> => {
    const stored = await store.find(id)
    if (stored) return stored
    throw new AppError('not_found', 'This forwarder does not exist any more.')
  }

  const run = ({ id, settings }: StoredForwarder): Running => {
    const target = openedLater(settings, () => vault.open(secretId(id)), ports.targetOf)
    const follower = startFollower({
      ...ports,
      name: settings.name,
      load: async () => (await find(id)).progress,
      save: (progress) => store.saveProgress(id, progress),
      step: deliverySteps(settings.name, ports.entries, target),
      end: (error) => switchOff(id, error),
    })
    return { follower, close: target.close }
  }

  const switchOff = async (id: string, error: AppError): Promise<void> => {
    const stored = await find(id)
    await store.saveProgress(id, { ...stored.progress, error: error.toShape(), nextAttemptAt: null })
    const settings = { ...stored.settings, enabled: false }
    await store.replace({ id, settings, revision: stored.revision + 1 }, stored.revision)
    ports.log.warn('A forwarder of the audit log was turned off', { follower: settings.name, error: error.toShape() })
  }

  const followers = createFollowers({ list: store.list, run, onNews: ports.onAppend })
  const { exclusively, launch, halt, start, reread, stop } = followers

  const write = async (
    after: StoredForwarder,
    before: StoredForwarder | null,
    secret: SecretWrite | null,
  ): Promise<void> => {
    if (before === null) await store.insert(after, secret)
    else if (!(await store.replace(after, before.revision, secret))) throw changedMeanwhile('forwarder')
    else await store.saveProgress(after.id, { ...(await find(after.id)).progress, error: null, nextAttemptAt: null })
  }

  const put = async ({ id, revision, forwarder }: PutForwarder): Promise<ForwarderChange> => {
    const before = id === undefined ? null : await find(id)
    if (before !== null && before.revision !== revision) throw changedMeanwhile('forwarder')
    const settings = withoutSecret(forwarder, before?.settings ?? null)
    if (before !== null) checkMoved(forwarder, settings, before.settings)
    refuseSameName('forwarder', settings.name, await store.list(), before)
    const typed = typedSecret(forwarder)
    const kept = before !== null && hasSecret(settings) && typed === null
    checkSettings(settings, kept ? await vault.open(secretId(before.id)) : typed)

    const after: StoredForwarder = {
      id: before?.id ?? uuid(),
      revision: (before?.revision ?? 0) + 1,
      settings,
      progress: before?.progress ?? fromTheStart,
    }
    await halt(after.id)
    try {
      const secret = typed !== null && hasSecret(settings) ? await vault.prepare(secretId(after.id), typed) : null
      await write(after, before, secret)
    } catch (thrown) {
      if (before !== null) await launch(before)
      throw thrown
    }
    if (!hasSecret(settings)) await vault.remove([secretId(after.id)])
    await launch(after)
    const size = await ports.size()
    return { before: before && shown(before, size), after: shown(await find(after.id), size) }
  }

  return {
    async list(): Promise<Forwarder[]> {
      const [all, size] = await Promise.all([store.list(), ports.size()])
      return all.map((stored) => shown(stored, size))
    },

    /** Adds or changes a forwarder. @throws AppError `invalid`, `conflict`, `not_found`, `locked`; nothing is changed then. */
    put: (change: PutForwarder): Promise<ForwarderChange> => exclusively(() => put(change)),

    remove: (id: string): Promise<Forwarder> =>
      exclusively(async () => {
        const before = await find(id)
        await halt(id)
        await store.remove(id)
        await vault.remove([secretId(id)])
        return shown(before, await ports.size())
      }),

    start,
    reread,
    stop,
  }
}

export type ForwardService = ReturnType<typeof createForwardService>

/** A target whose secret is opened at the first delivery: the vault may be locked until somebody comes. */
function openedLater(
  settings: ForwarderSettings,
  open: () => Promise<string>,
  targetOf: ForwardPorts['targetOf'],
): Target {
  let target: Target | null = null
  return {
    deliver: async (entries, signal) => {
      target ??= targetOf(settings, hasSecret(settings) ? await open() : null)
      return target.deliver(entries, signal)
    },
    close: async () => target?.close(),
  }
}
