import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#preload/contract/error.ts'
import type { Checkpoint } from '#preload/security/audit-integrity.ts'
import { git } from './git-command.ts'
import { bodyOf, contradiction, parseNote } from './note.ts'
import type { AnchorPlace, Checkpoints } from './place.ts'

type Settings = { readonly name: string; readonly repository: string; readonly branch: string }

const seen = 'refs/anchor/seen'
const pushed = 'refs/anchor/pushed'
const author = { GIT_AUTHOR_NAME: 'Framework0', GIT_AUTHOR_EMAIL: 'audit@framework0.invalid' }
const committer = { GIT_COMMITTER_NAME: 'Framework0', GIT_COMMITTER_EMAIL: 'audit@framework0.invalid' }

/**
 * A Git repository: a commit for each checkpoint with the file `checkpoints/<size>.note`, pushed without force to one
 * branch. `mirror` is a bare repository of our own that the commits are made in; it also remembers what was pushed, so that
 * a branch that is rewritten there is noticed.
 */
export function gitPlace(settings: Settings, mirror: string, checkpoints: Checkpoints): AnchorPlace {
  const { name, repository, branch } = settings
  const run = (signal: AbortSignal, ...args: readonly string[]) => git(name, args, { directory: mirror, signal })

  const open = async (signal: AbortSignal): Promise<void> => {
    await mkdir(mirror, { recursive: true, mode: 0o700 })
    await run(signal, 'init', '--quiet', '--bare', '--template=')
  }

  /** The commit that the branch is at there, fetched; null if there is no such branch. */
  const fetched = async (signal: AbortSignal): Promise<string | null> => {
    await open(signal)
    const listed = await run(signal, 'ls-remote', '--heads', '--', repository, `refs/heads/${branch}`)
    if (listed.trim() === '') return null
    await run(signal, 'fetch', '--quiet', '--no-tags', '--', repository, `+refs/heads/${branch}:${seen}`)
    return (await run(signal, 'rev-parse', seen)).trim()
  }

  const lastPushed = async (signal: AbortSignal): Promise<string | null> =>
    (await run(signal, 'for-each-ref', '--format=%(objectname)', pushed)).trim() || null

  /** What we pushed once must still be in the history of the branch. */
  const expectOurHistory = async (tip: string | null, signal: AbortSignal): Promise<void> => {
    const ours = await lastPushed(signal)
    if (ours === null) return
    const kept = tip !== null && (await run(signal, 'merge-base', ours, tip).catch(() => '')).trim() === ours
    if (!kept) throw rewritten(name, branch)
  }

  const commit = async (
    parent: string | null,
    { size, note, at }: Checkpoint,
    signal: AbortSignal,
  ): Promise<string> => {
    const path = `checkpoints/${size}.note`
    const there = parent === null ? null : await noteAt(parent, path, signal)
    if (parent !== null && there !== null) {
      if (parseNote(there)?.text === bodyOf(note).text) return parent
      throw forked(name, path)
    }
    const index = join(mirror, `index-${randomUUID()}`)
    const env = { ...author, ...committer, GIT_INDEX_FILE: index, GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at }
    const write = (input: string, ...args: readonly string[]) =>
      git(name, args, { directory: mirror, input, env, signal })
    try {
      if (parent !== null) await write('', 'read-tree', parent)
      const blob = (await write(note, 'hash-object', '-w', '--stdin')).trim()
      await write('', 'update-index', '--add', '--cacheinfo', `100644,${blob},${path}`)
      const tree = (await write('', 'write-tree')).trim()
      const parents = parent === null ? [] : ['-p', parent]
      return (await write(`Checkpoint of ${size} entries\n`, 'commit-tree', tree, ...parents)).trim()
    } finally {
      await rm(index, { force: true })
    }
  }

  const noteAt = async (tip: string, path: string, signal: AbortSignal): Promise<string | null> =>
    (await run(signal, 'ls-tree', '--name-only', tip, '--', path)).trim() === ''
      ? null
      : run(signal, 'cat-file', 'blob', `${tip}:${path}`)

  return {
    async keep(batch, signal) {
      const tip = await fetched(signal)
      await expectOurHistory(tip, signal)
      let head = tip
      for (const checkpoint of batch) head = await commit(head, checkpoint, signal)
      if (head !== null && head !== tip)
        await run(signal, 'push', '--quiet', '--', repository, `${head}:refs/heads/${branch}`)
      if (head !== null) await run(signal, 'update-ref', pushed, head)
      return batch.at(-1)?.size ?? 0
    },

    async verify(signal) {
      const tip = await fetched(signal)
      try {
        await expectOurHistory(tip, signal)
      } catch (thrown) {
        if (!(thrown instanceof AppError)) throw thrown
        return [{ kind: 'fork', sequence: null, reason: thrown.message }]
      }
      if (tip === null) return []
      const listed = await run(signal, 'ls-tree', '-r', '--name-only', '-z', tip, '--', 'checkpoints/')
      const paths = listed.split('\0').filter((path) => /^checkpoints\/\d{1,16}\.note$/.test(path))
      const problems = []
      for (const path of paths) {
        const note = await run(signal, 'cat-file', 'blob', `${tip}:${path}`)
        problems.push(await contradiction(note, `${path} in ${name}`, checkpoints))
      }
      return problems.filter((problem) => problem !== null)
    },
  }
}

const rewritten = (name: string, branch: string): AppError =>
  new AppError(
    'conflict',
    `The history of ${branch} in ${name} was rewritten: checkpoints that were anchored there are gone.`,
    {
      hint: 'Find out who may force a push there. Restore the branch, or anchor elsewhere.',
    },
  )

const forked = (name: string, path: string): AppError =>
  new AppError('conflict', `${name} has another checkpoint of this size already (${path}): the log was forked.`, {
    hint: 'Verify the log. Keep that repository: it is evidence.',
  })
