import type { GitSource, GitSourceInput } from '#preload/deployment/git-sources.ts'
import { emptyDraft, type RolloutDraft, rolloutOf } from './rollout-draft.ts'

/** A source as typed, with how its versions are rolled out by themselves. */
export type GitDraft = {
  readonly environment: string
  readonly address: string
  readonly branch: string
  readonly path: string
  readonly key: string
  readonly user: string
  readonly token: string
  readonly removeToken: boolean
  /** `kept` is what was saved before: a strategy is never turned back into what was typed. */
  readonly automatic: 'no' | 'kept' | 'new'
  readonly rollout: RolloutDraft
}

export const gitDraftOf = (source: GitSource | null, environment: string): GitDraft => ({
  environment: source?.environment ?? environment,
  address: source?.address ?? '',
  branch: source?.branch ?? 'main',
  path: source?.path ?? '',
  key: source?.key ?? 'version',
  user: source?.user ?? 'git',
  ...{ token: '', removeToken: false, automatic: source?.automatic ? 'kept' : 'no', rollout: emptyDraft },
})

type Save = GitSourceInput & { readonly token?: string | null; readonly revision: number | null }

export function gitSourceOf(service: string, draft: GitDraft, source: GitSource | null): Save {
  const { environment, address, branch, path, key, user, token, removeToken, automatic } = draft
  const { strategy, analysis } = rolloutOf(service, draft.rollout)
  const how = { no: null, kept: source?.automatic ?? null, new: { strategy, analysis } }
  return {
    ...{ environment, service, address, branch, path, key, user, automatic: how[automatic] },
    ...(token !== '' ? { token } : removeToken ? { token: null } : {}),
    revision: source?.revision ?? null,
  }
}

/** What Git says beside what runs, in a few words. */
export function stepText({ state, reading, runs }: Pick<GitSource, 'state' | 'reading' | 'runs'>): string {
  if (state === 'not known' || reading === null) return 'Not known'
  if (state === 'in step') return `In step: ${reading.version} runs`
  return `Git says ${reading.version}, ${runs ?? 'nothing'} runs`
}
