import { AppError } from '#preload/contract/error.ts'
import type { Follower } from './follower.ts'

/** Something of the workspace that follows the log. */
export type Followed = {
  readonly id: string
  readonly revision: number
  readonly settings: { readonly name: string; readonly enabled: boolean }
}

export type Running = {
  readonly follower: Follower
  /** Lets go of what the follower held; called once it stands still. */
  readonly close?: () => Promise<void>
}

type Ports<Stored> = {
  readonly list: () => Promise<readonly Stored[]>
  readonly run: (stored: Stored) => Promise<Running> | Running
  /** Tells when there may be something new to follow. */
  readonly onNews: (listener: () => void) => () => void
}

/** The followers of one kind that run in this process, between `start` and `stop`; one for each that is enabled. */
export function createFollowers<Stored extends Followed>({ list, run, onNews }: Ports<Stored>) {
  const running = new Map<string, Running & { readonly revision: number }>()
  let started = false
  let unsubscribe = (): void => {}
  let turn: Promise<unknown> = Promise.resolve()

  /** Changes run one after another: each looks at names and revisions before it writes. */
  const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work)
    turn = result.catch(() => {})
    return result
  }

  const launch = async (stored: Stored): Promise<void> => {
    if (!started || !stored.settings.enabled || running.has(stored.id)) return
    running.set(stored.id, { revision: stored.revision, ...(await run(stored)) })
  }

  const halt = async (id: string): Promise<void> => {
    const one = running.get(id)
    running.delete(id)
    await one?.follower.stop()
    await one?.close?.()
  }

  return {
    exclusively,
    /** Within `exclusively`. */
    launch,
    /** Within `exclusively`. */
    halt,

    start: (): Promise<void> =>
      exclusively(async () => {
        started = true
        unsubscribe = onNews(() => {
          for (const { follower } of running.values()) follower.wake()
        })
        for (const stored of await list()) await launch(stored)
      }),

    /** Another process of the workspace may have added, changed or removed some. */
    reread: (): Promise<void> =>
      exclusively(async () => {
        const all = await list()
        for (const [id, { revision }] of running)
          if (!all.some((one) => one.id === id && one.revision === revision)) await halt(id)
        for (const stored of all) await launch(stored)
      }),

    /** Resolves when every cursor is saved and all that was held is let go. */
    stop: (): Promise<void> =>
      exclusively(async () => {
        started = false
        unsubscribe()
        await Promise.all([...running.keys()].map(halt))
      }),
  }
}

/** @throws AppError `conflict` when another of the `kind` has the name, in whatever case. */
export function refuseSameName(kind: string, name: string, all: readonly Followed[], own: Followed | null): void {
  const twin = all.find((other) => other.id !== own?.id && other.settings.name.toLowerCase() === name.toLowerCase())
  if (twin)
    throw new AppError('conflict', `Another ${kind} is called ${twin.settings.name}.`, {
      hint: 'Choose another name.',
      at: 'name',
    })
}

export const changedMeanwhile = (kind: string): AppError =>
  new AppError('conflict', `Somebody else changed this ${kind} meanwhile.`, { hint: 'Look at it again.' })
