import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#preload/contract/error.ts'
import { gitFailure, noBranch } from './failure.ts'
import { readKey } from './key.ts'
import type { GitPlace } from './place.ts'
import { GitEnded, type GitToken, runGit } from './run.ts'

/** A commit, as Git tells of it. */
export type GitCommit = {
  readonly id: string
  readonly author: string
  readonly subject: string
  /** ISO 8601, UTC. */
  readonly at: string
  readonly parents: readonly string[]
}

const mostFile = 256 * 1024
/** Commits of the file that are looked through for the one that brought a version. */
const mostCommits = 200

export const cloneFolder = (below: string, { address, branch }: Pick<GitPlace, 'address' | 'branch'>): string =>
  join(below, createHash('sha256').update(`${address}\n${branch}`).digest('hex').slice(0, 32))

export type Clone = ReturnType<typeof openClone>

/** The bare clone that is kept of one branch. Nobody works in it but this process. */
export function openClone(folder: string, place: GitPlace, token: GitToken | null, signal: AbortSignal) {
  const { address, branch, path } = place
  const ref = `refs/heads/${branch}`
  const run = (args: readonly string[], more: { input?: string; env?: Record<string, string> } = {}) =>
    runGit({ folder, args, signal, ...more })
  const withToken = (args: readonly string[], withinMs = 60_000) => runGit({ folder, args, signal, token, withinMs })
  const remote = (args: readonly string[], withinMs?: number) =>
    withToken(args, withinMs).catch((thrown) => {
      throw signal.aborted ? thrown : gitFailure(thrown, place, token)
    })

  const make = async (): Promise<void> => {
    if (existsSync(join(folder, 'HEAD'))) return
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await run(['init', '--bare', '--quiet', '--template=', '.'])
  }

  /** Whose mode and size are right. @throws AppError `invalid`, `too_large`, `not_found`. */
  const fileAt = async (commit: string): Promise<{ mode: string; text: string }> => {
    const listed = await run(['ls-tree', '-l', '--full-tree', commit, '--', path])
    const [, mode = '', kind = '', blob = '', size = ''] = /^(\d+) (\w+) (\w+)\s+(\S+)\t/.exec(listed) ?? []
    if (mode === '') throw new AppError('not_found', `The branch ${branch} has no file ${path}.`)
    if (kind !== 'blob' || mode === '120000')
      throw new AppError('invalid', `${path} is ${mode === '120000' ? 'a link' : 'no file'}.`, {
        hint: 'Name the file itself.',
      })
    if (Number(size) > mostFile)
      throw new AppError('too_large', `${path} has ${size} bytes; at most ${mostFile} are read.`)
    return { mode, text: await run(['cat-file', 'blob', blob]) }
  }
  /** What a commit says; null where it says nothing that can be read. */
  const valueAt = async (commit: string): Promise<string | null> => {
    try {
      return readKey((await fileAt(commit)).text, place.key)
    } catch (thrown) {
      if (signal.aborted || !(thrown instanceof AppError || thrown instanceof GitEnded)) throw thrown
      return null
    }
  }
  const describe = async (commit: string): Promise<GitCommit> => {
    const said = await run(['log', '-1', '--no-show-signature', '--format=%H%x00%an%x00%s%x00%ct%x00%P', commit])
    const [id = '', author = '', subject = '', seconds = '0', parents = ''] = said.trim().split('\0')
    const at = new Date(Number(seconds) * 1_000).toISOString()
    return { id, author, subject, at, parents: parents.split(' ').filter(Boolean) }
  }

  return {
    run,
    withToken,
    fileAt,
    valueAt,
    describe,

    /** The commit that the branch is at, without fetching anything. */
    async headThere(): Promise<string> {
      await make()
      const said = await remote(['ls-remote', '--', address, ref], 20_000)
      const found = said.split('\n').find((line) => line.endsWith(`\t${ref}`))
      if (found === undefined) throw noBranch(branch)
      return found.slice(0, found.indexOf('\t'))
    },

    /** Brings the branch here. @returns the commit that it is at. */
    async fetch(): Promise<string> {
      const bring = async (): Promise<void> => {
        await make()
        await remote(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--', address, `+${ref}:${ref}`])
      }
      await bring().catch(async (thrown: unknown) => {
        // What a kill amid a fetch left in the clone is no reason of the repository's.
        if (signal.aborted || !/\.lock|corrupt|bad object|loose object/i.test(String(thrown))) throw thrown
        await rm(folder, { recursive: true, force: true })
        await bring()
      })
      return (await run(['rev-parse', '--verify', `${ref}^{commit}`])).trim()
    },

    /** The newest commit that made the key say what it says; the oldest that is looked at when none did. */
    async broughtBy(head: string): Promise<GitCommit> {
      const listed = await run(['rev-list', `--max-count=${mostCommits}`, head, '--', path])
      const commits = listed.split('\n').filter(Boolean)
      const value = await valueAt(head)
      for (const id of commits) {
        const commit = await describe(id)
        const [parent] = commit.parents
        if (parent === undefined || (await valueAt(parent)) !== value) return commit
      }
      return describe(commits.at(-1) ?? head)
    },

    /** Every file that a commit changed. */
    changedBy: async (commit: string): Promise<readonly string[]> =>
      (await run(['diff-tree', '--no-commit-id', '--name-only', '--no-renames', '-r', '-z', '--root', commit]))
        .split('\0')
        .filter(Boolean),
  }
}
