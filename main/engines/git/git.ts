import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { AppError } from '#preload/contract/error.ts'
import { cloneFolder, type GitCommit, openClone } from './clone.ts'
import { readKey } from './key.ts'
import { checkPlace, type GitPlace } from './place.ts'
import { type Revert, type Reverted, writeRevert } from './revert.ts'
import { GitEnded, type GitToken } from './run.ts'

/** What a place says, and the commit that made it say so. */
export type GitSays = { readonly value: string; readonly commit: GitCommit }

export type Git = {
  /** @throws AppError with why it cannot be told. */
  readonly read: (place: GitPlace, token: GitToken | null, signal: AbortSignal) => Promise<GitSays>
  /** @throws AppError with why nothing was written. */
  readonly revert: (place: GitPlace, token: GitToken | null, revert: Revert, signal: AbortSignal) => Promise<Reverted>
  /** Removes what is kept of a branch. */
  readonly forget: (place: Pick<GitPlace, 'address' | 'branch'>) => Promise<void>
}

/** Reads and writes values in repositories. A bare clone of each branch is kept in the folder. */
export function openGit(folder: string): Git {
  const turns = new Map<string, Promise<unknown>>()
  const known = new Map<string, { readonly head: string; readonly says: GitSays }>()

  /** One after another for each clone. */
  const inTurn = <T>(clone: string, work: () => Promise<T>): Promise<T> => {
    const turn = (turns.get(clone) ?? Promise.resolve()).catch(() => {}).then(work)
    turns.set(clone, turn)
    return turn
  }
  const inClone = <T>(
    place: GitPlace,
    token: GitToken | null,
    signal: AbortSignal,
    work: (clone: ReturnType<typeof openClone>, path: string) => Promise<T>,
  ): Promise<T> => {
    checkPlace(place, token !== null)
    const path = cloneFolder(folder, place)
    return inTurn(path, async () => {
      mkdirSync(path, { recursive: true, mode: 0o700 })
      try {
        return await work(openClone(path, place, token, signal), path)
      } catch (thrown) {
        if (thrown instanceof GitEnded)
          throw new AppError('internal', 'The kept clone cannot be used.', { cause: thrown })
        throw thrown
      }
    })
  }

  return {
    read: async (place, token, signal) =>
      inClone(place, token, signal, async (clone) => {
        const key = JSON.stringify([place.address, place.branch, place.path, place.key])
        const there = await clone.headThere()
        const before = known.get(key)
        if (before?.head === there) return before.says
        const head = await clone.fetch()
        const value = readKey((await clone.fileAt(head)).text, place.key)
        const says = { value, commit: await clone.broughtBy(head) }
        known.set(key, { head, says })
        return says
      }),
    revert: async (place, token, revert, signal) =>
      inClone(place, token, signal, (clone, path) => writeRevert({ folder: path, clone, place, token }, revert)),
    forget: async (place) => {
      const path = cloneFolder(folder, place)
      await inTurn(path, () => rm(path, { recursive: true, force: true }))
      for (const key of known.keys()) {
        const [address, branch] = JSON.parse(key) as string[]
        if (address === place.address && branch === place.branch) known.delete(key)
      }
    },
  }
}
