import type { Git } from '#main/engines/git/git.ts'
import { AppError, asAppError } from '#preload/contract/error.ts'
import type { GitSources } from './sources.ts'
import type { SourceName, StoredSource } from './store.ts'

type Ports = {
  readonly sources: Pick<GitSources, 'find' | 'tokenOf' | 'read'>
  readonly git: Pick<Git, 'revert'>
  /** Lets nothing roll a version out any more, as the application; one that is excluded already stays as it is. */
  readonly exclude: (service: string, version: string, reason: string) => Promise<void>
}

/** A rollout whose version was not kept. */
export type GoneBack = SourceName & {
  readonly rollout: string
  readonly bad: string
  /** What runs instead; null for nothing. */
  readonly good: string | null
  readonly reason: string
}

export type SaidToGit = { readonly kind: 'git' | 'git-problem'; readonly text: string }

const shown = 7

/**
 * Tells Git that a version was not kept: it is excluded, and the revert written. What Git refuses is told, never thrown:
 * the requests have gone back already. Asked for again it does nothing twice. Null where Git is not the source.
 * @throws AppError `locked` while the vault, which has the token, is.
 */
export const goBackInGit =
  ({ sources, git, exclude }: Ports) =>
  async (gone: GoneBack, signal: AbortSignal): Promise<SaidToGit | null> => {
    const source = await sources.find(gone)
    if (source === null) return null
    await exclude(gone.service, gone.bad, `${gone.reason.slice(0, 250)} (rollout ${gone.rollout})`)
    const said = await attempt(source, gone, git, sources, signal)
    // So that the page says at once what Git says now; one that refused just now is not asked again.
    if (said.kind === 'git') await sources.read(gone, signal).catch(() => {})
    signal.throwIfAborted()
    return said
  }

async function attempt(
  source: StoredSource,
  { bad, good, reason, rollout }: GoneBack,
  git: Ports['git'],
  sources: Ports['sources'],
  signal: AbortSignal,
): Promise<SaidToGit> {
  if (good === null)
    return { kind: 'git-problem', text: `Nothing ran before ${bad}, so nothing is written to Git. ${bad} is excluded.` }
  try {
    const done = await git.revert(source, await sources.tokenOf(source), { bad, good, reason, rollout }, signal)
    if (done.kind === 'not needed')
      return { kind: 'git', text: `Git says ${done.says}, so there is nothing to revert. ${bad} is excluded.` }
    const which = `${done.commit.slice(0, shown)} takes back ${done.reverts.slice(0, shown)}`
    return { kind: 'git', text: `Git says ${good} again: ${which}. ${bad} is excluded.` }
  } catch (thrown) {
    signal.throwIfAborted()
    if (thrown instanceof AppError && thrown.code === 'locked') throw thrown
    return { kind: 'git-problem', text: notWritten(source, bad, good, thrown) }
  }
}

function notWritten({ path, branch, key }: StoredSource, bad: string, good: string, thrown: unknown): string {
  const { message } = asAppError(thrown)
  const why = /[.!?…]$/.test(message) ? message : `${message}.`
  const todo = `Set ${key} in ${path} on ${branch} back to ${good} by hand. ${bad} is excluded, so nothing rolls it out.`
  return `The revert was not written to Git. ${why} ${todo}`
}
