import { v7 as uuid } from 'uuid'
import type { Clock } from '#main/kernel/clock.ts'
import type { Log } from '#main/kernel/log/log.ts'
import type { SecretWrite, Vault } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'
import type { Forwarder, ForwarderInput } from '#preload/security/audit-delivery.ts'
import { type Follower, startFollower } from '../follow/follower.ts'
import { start } from '../follow/progress.ts'
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
  const running = new Map<string, { readonly revision: number; readonly follower: Follower; readonly target: Target }>()
  let started = false
  let unsubscribe = (): void => {}

  const shown = ({ id, revision, settings, progress }: StoredForwarder, size: number): Forwarder => {
    const { cursor, lastSuccessAt, nextAttemptAt, error } = progress
    return { id, revision, settings, cursor, behind: Math.max(0, size - cursor), lastSuccessAt, nextAttemptAt, error }
  }

  const find = async (id: string): Promise<StoredForwarder> => {
    const stored = await store.find(id)
    if (stored) return stored
    throw new AppError('not_found', 'This forwarder does not exist any more.')
  }

  const halt = async (id: string): Promise<void> => {
    const entry = running.get(id)
    running.delete(id)
    await entry?.follower.stop()
    await entry?.target.close()
  }

  const launch = (stored: StoredForwarder): void => {
    if (!started || !stored.settings.enabled || running.has(stored.id)) return
    const { id, settings } = stored
    const target = openedLater(settings, () => vault.open(secretId(id)), ports.targetOf)
    const follower = startFollower({
      ...ports,
      name: settings.name,
      load: async () => (await find(id)).progress,
      save: (progress) => store.saveProgress(id, progress),
      step: deliverySteps(settings.name, ports.entries, target),
      end: (error) => switchOff(id, error),
    })
    running.set(id, { revision: stored.revision, follower, target })
  }

  const switchOff = async (id: string, error: AppError): Promise<void> => {
    const stored = await find(id)
    await store.saveProgress(id, { ...stored.progress, error: error.toShape(), nextAttemptAt: null })
    const settings = { ...stored.settings, enabled: false }
    await store.replace({ id, settings, revision: stored.revision + 1 }, stored.revision)
    ports.log.warn('A forwarder of the audit log was turned off', { follower: settings.name, error: error.toShape() })
  }

  const write = async (
    after: StoredForwarder,
    before: StoredForwarder | null,
    secret: SecretWrite | null,
  ): Promise<void> => {
    if (before === null) await store.insert(after, secret)
    else if (!(await store.replace(after, before.revision, secret))) throw changedMeanwhile()
    else await store.saveProgress(after.id, { ...(await find(after.id)).progress, error: null, nextAttemptAt: null })
  }

  const put = async ({ id, revision, forwarder }: PutForwarder): Promise<ForwarderChange> => {
    const before = id === undefined ? null : await find(id)
    if (before !== null && before.revision !== revision) throw changedMeanwhile()
    const settings = withoutSecret(forwarder, before?.settings ?? null)
    if (before !== null) checkMoved(forwarder, settings, before.settings)
    refuseSameName(settings.name, await store.list(), before)
    const typed = typedSecret(forwarder)
    const kept = before !== null && hasSecret(settings) && typed === null
    checkSettings(settings, kept ? await vault.open(secretId(before.id)) : typed)

    const after: StoredForwarder = {
      id: before?.id ?? uuid(),
      revision: (before?.revision ?? 0) + 1,
      settings,
      progress: before?.progress ?? start,
    }
    await halt(after.id)
    try {
      const secret = typed !== null && hasSecret(settings) ? await vault.prepare(secretId(after.id), typed) : null
      await write(after, before, secret)
    } catch (thrown) {
      if (before !== null) launch(before)
      throw thrown
    }
    if (!hasSecret(settings)) await vault.remove([secretId(after.id)])
    launch(after)
    const size = await ports.size()
    return { before: before && shown(before, size), after: shown(await find(after.id), size) }
  }

  let turn: Promise<unknown> = Promise.resolve()
  /** Changes run one after another: each looks at names and revisions before it writes. */
  const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work)
    turn = result.catch(() => {})
    return result
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

    start: (): Promise<void> =>
      exclusively(async () => {
        started = true
        unsubscribe = ports.onAppend(() => {
          for (const { follower } of running.values()) follower.wake()
        })
        for (const stored of await store.list()) launch(stored)
      }),

    /** Another process of the workspace may have added, changed or removed some. */
    reread: (): Promise<void> =>
      exclusively(async () => {
        const stored = await store.list()
        for (const [id, { revision }] of running)
          if (!stored.some((one) => one.id === id && one.revision === revision)) await halt(id)
        for (const one of stored) launch(one)
      }),

    /** Resolves when every cursor is saved and every connection closed. */
    stop: (): Promise<void> =>
      exclusively(async () => {
        started = false
        unsubscribe()
        await Promise.all([...running.keys()].map(halt))
      }),
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

function refuseSameName(name: string, all: readonly StoredForwarder[], own: StoredForwarder | null): void {
  const twin = all.find((other) => other.id !== own?.id && other.settings.name.toLowerCase() === name.toLowerCase())
  if (twin)
    throw new AppError('conflict', `Another forwarder is called ${twin.settings.name}.`, {
      hint: 'Choose another name.',
      at: 'name',
    })
}

const changedMeanwhile = (): AppError =>
  new AppError('conflict', 'Somebody else changed this forwarder meanwhile.', { hint: 'Look at it again.' })
