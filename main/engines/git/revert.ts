import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cleanText } from '#main/engines/http/server-text.ts'
import { AppError } from '#preload/contract/error.ts'
import type { Clone, GitCommit } from './clone.ts'
import { gitFailure, lineOf, secretsOf } from './failure.ts'
import { readKey, withKey } from './key.ts'
import type { GitPlace } from './place.ts'
import { GitEnded, type GitToken } from './run.ts'

/** What is to be taken back, and why. */
export type Revert = {
  readonly bad: string
  readonly good: string
  readonly reason: string
  /** Names the rollout in the commit, so that it is found again and never written twice. */
  readonly rollout: string
}

export type Reverted =
  /** By the revert of a commit, or by setting the key alone; now, or before an interruption. */
  | { readonly kind: 'written'; readonly commit: string; readonly reverts: string }
  /** Git says another version than the one to take back. */
  | { readonly kind: 'not needed'; readonly says: string }

type Work = {
  readonly folder: string
  readonly clone: Clone
  readonly place: GitPlace
  readonly token: GitToken | null
}

/** Others may push between the fetch and the push; so many times it is begun anew. */
const mostTries = 6

/** Writes the version before back to the branch, never with force. @throws AppError when the push is refused. */
export async function writeRevert(work: Work, revert: Revert): Promise<Reverted> {
  const { clone } = work
  for (let tried = 1; tried <= mostTries; tried++) {
    const head = await clone.fetch()
    const before = await writtenBefore(clone, head, revert)
    if (before) return before
    const says = readKey((await clone.fileAt(head)).text, work.place.key)
    if (says !== revert.bad) return { kind: 'not needed', says }
    const brought = await clone.broughtBy(head)
    const commit = await commitOf(work, head, brought, revert)
    if (await push(work, commit)) return { kind: 'written', commit, reverts: brought.id }
  }
  throw new AppError('conflict', `Others pushed to ${work.place.branch} at the same time, ${mostTries} times over.`)
}

const mark = (rollout: string): string => `Rollout: ${rollout}`

async function writtenBefore({ run }: Clone, head: string, { rollout }: Revert): Promise<Reverted | null> {
  const args = ['log', '--max-count=1', '--fixed-strings', `--grep=${mark(rollout)}`, '--format=%H%x00%B', head]
  const [commit = '', message = ''] = (await run(args)).trim().split('\0')
  if (commit === '') return null
  return { kind: 'written', commit, reverts: /commit ([0-9a-f]{7,64})/.exec(message)?.[1] ?? '' }
}

async function commitOf(work: Work, head: string, brought: GitCommit, revert: Revert): Promise<string> {
  const { clone, place } = work
  const { text, mode } = await clone.fileAt(head)
  const reverted = await revertedText(work, text, brought, revert)
  const blob = (
    await clone.run(['hash-object', '-w', '--stdin'], { input: reverted ?? withKey(text, place.key, revert.good) })
  ).trim()
  const tree = await inIndex(work.folder, async (env) => {
    await clone.run(['read-tree', head], { env })
    await clone.run(['update-index', '--cacheinfo', `${mode},${blob},${place.path}`], { env })
    return (await clone.run(['write-tree'], { env })).trim()
  })
  const message = messageOf(place.key, brought, revert, reverted !== null)
  return (await clone.run(['commit-tree', tree, '-p', head], { input: message })).trim()
}

/** What `git revert` would make of the file; null where the commit changed more, or the revert conflicts. */
async function revertedText(
  { clone, place, folder }: Work,
  text: string,
  brought: GitCommit,
  { good }: Revert,
): Promise<string | null> {
  const [parent, ...others] = brought.parents
  if (parent === undefined || others.length > 0) return null
  const changed = await clone.changedBy(brought.id)
  if (changed.length !== 1 || changed[0] !== place.path || (await clone.valueAt(parent)) !== good) return null
  const merged = await merge(clone, folder, {
    ours: text,
    base: (await clone.fileAt(brought.id)).text,
    theirs: (await clone.fileAt(parent)).text,
  })
  return merged !== null && safely(() => readKey(merged, place.key)) === good ? merged : null
}

/** A three-way merge of one file; null when it conflicts. */
async function merge(
  clone: Clone,
  folder: string,
  texts: { readonly ours: string; readonly base: string; readonly theirs: string },
): Promise<string | null> {
  const scratch = await mkdtemp(join(folder, 'merge-'))
  try {
    for (const [name, text] of Object.entries(texts)) await writeFile(join(scratch, name), text)
    return await clone.run(['merge-file', '-p', '-q', ...['ours', 'base', 'theirs'].map((name) => join(scratch, name))])
  } catch (thrown) {
    if (thrown instanceof GitEnded) return null
    throw thrown
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function inIndex<T>(folder: string, work: (env: Record<string, string>) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(join(folder, 'index-'))
  try {
    return await work({ GIT_INDEX_FILE: join(scratch, 'index') })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function messageOf(key: string, brought: GitCommit, { bad, good, reason, rollout }: Revert, whole: boolean): string {
  const why = `${cleanText(reason, [])}\n\n${mark(rollout)}\n`
  if (whole) return `Revert "${brought.subject}"\n\nThis reverts commit ${brought.id}.\n\n${why}`
  const more = `The commit ${brought.id} brought ${bad}; of it only ${key} is taken back.`
  return `Set ${key} back to ${good}\n\n${more}\n\n${why}`
}

/** @returns false when somebody else was faster. @throws AppError when the branch takes nothing from us. */
async function push({ clone, place, token }: Work, commit: string): Promise<boolean> {
  const refs = `${commit}:refs/heads/${place.branch}`
  try {
    await clone.withToken(['push', '--porcelain', '--no-verify', '--no-signed', '--', place.address, refs])
    return true
  } catch (thrown) {
    if (!(thrown instanceof GitEnded)) throw thrown
    const said = thrown.message
    if (/\[rejected\]|\(?(non-fast-forward|fetch first)|cannot lock ref|failed to update ref|stale info/.test(said))
      return false
    if (!/\[remote rejected\]/.test(said)) throw gitFailure(thrown, place, token)
    const why = cleanText(lineOf(said), token === null ? [] : secretsOf(token))
    throw new AppError('refused', `The repository takes no push to ${place.branch}: ${why}`)
  }
}

function safely<T>(work: () => T): T | null {
  try {
    return work()
  } catch {
    return null
  }
}
