import type { Git } from '#main/engines/git/git.ts'
import { checkPlace } from '#main/engines/git/place.ts'
import type { GitToken } from '#main/engines/git/run.ts'
import { type Clock, iso } from '#main/kernel/clock.ts'
import type { SecretWrite, Vault } from '#main/kernel/vault/vault.ts'
import { AppError, asAppError } from '#preload/contract/error.ts'
import type { GitSource, GitSourceInput } from '#preload/deployment/git-sources.ts'
import { type Plan, type RolloutInput, versionName } from '#preload/deployment/rollouts.ts'
import { follow } from './follow.ts'
import { type GitSourceStore, type GitState, nothingRead, type SourceName, type StoredSource } from './store.ts'

type Ports = {
  readonly store: GitSourceStore
  readonly vault: Pick<Vault, 'prepare' | 'open' | 'remove'>
  readonly git: Git
  readonly clock: Clock
  readonly runs: (name: SourceName) => Promise<string | null>
  readonly changing: (name: SourceName) => Promise<boolean>
  /** Why nothing can be followed there at all: no such environment or service, or a workspace of a team. */
  readonly refusal: (name: SourceName) => Promise<string | null>
  readonly approvals: (environment: string) => Promise<number>
  readonly plan: (input: RolloutInput) => Promise<Plan>
  /** Starts a rollout as the application, with its audit entry. */
  readonly start: (input: RolloutInput, text: string) => Promise<void>
  readonly onChange: () => void
}

const secretId = ({ environment, service }: SourceName): string => `git:${environment}:${service}`
const sentence = (thrown: unknown): string => {
  const { message, hint } = asAppError(thrown)
  return hint === undefined ? message : `${message} ${hint}`
}
const keyOf = ({ environment, service }: SourceName): string => `${environment}/${service}`

type Saved = { readonly before: GitSource | null; readonly after: GitSource }
type SaveInput = GitSourceInput & { readonly token?: string | null | undefined; readonly revision: number | null }

/** Where Git says which version is to run: kept, read, and followed where a person said so. */
export function createGitSources(ports: Ports) {
  const { store, vault, git, clock, runs, onChange } = ports
  const turns = new Map<string, Promise<unknown>>()

  const shown = async ({ state, ...source }: StoredSource): Promise<GitSource> => {
    const running = await runs(source)
    const { reading, readAt, error, held } = state
    const known = reading !== null && error === null
    const inStep = reading?.version === running
    return {
      ...{ ...source, reading, readAt, error, held, runs: running },
      state: known ? (inStep ? 'in step' : 'differs') : 'not known',
    }
  }
  const find = async (name: SourceName): Promise<StoredSource> => {
    const found = await store.find(name)
    if (found) return found
    throw new AppError('not_found', `Git says nothing of ${name.service} in ${name.environment}.`)
  }
  const tokenOf = async (source: StoredSource): Promise<GitToken | null> =>
    source.hasToken ? { user: source.user, token: await vault.open(secretId(source)) } : null

  const ask = async (source: StoredSource, signal: AbortSignal): Promise<GitState> => {
    const readAt = iso(clock.now())
    try {
      const { value, commit } = await git.read(source, await tokenOf(source), signal)
      if (!versionName.safeParse(value).success)
        throw new AppError('invalid', `What ${source.path} says at ${source.key} is no version.`)
      const { id, subject, author, at } = commit
      const reading = { version: value, commit: id, subject: subject.slice(0, 300), author: author.slice(0, 200) }
      return { ...source.state, readAt, error: null, reading: { ...reading, committedAt: at } }
    } catch (thrown) {
      signal.throwIfAborted()
      return { ...source.state, readAt, error: sentence(thrown) }
    }
  }

  /** Asks Git, follows it where that is wanted, and keeps what came of it. */
  const read = async (source: StoredSource, signal: AbortSignal): Promise<void> => {
    const state = await ask(source, signal)
    const decision = await follow({
      ...{ source, state, plan: ports.plan },
      ...{ runs: await runs(source), changing: await ports.changing(source) },
      approvals: source.automatic === null ? 0 : await ports.approvals(source.environment),
    })
    const next = decision.kind === 'stay' ? decision.state : await rollOut(decision, state)
    await store.setState(source, source.revision, next)
    if (JSON.stringify({ ...next, readAt: '' }) !== JSON.stringify({ ...source.state, readAt: '' })) onChange()
  }
  const rollOut = async (
    { input, text, state }: Extract<Awaited<ReturnType<typeof follow>>, { kind: 'roll out' }>,
    before: GitState,
  ): Promise<GitState> => {
    try {
      await ports.start(input, text)
      return state
    } catch (thrown) {
      return { ...before, held: sentence(thrown) }
    }
  }
  /** One after another for each: two readings at once would both start what is new. */
  const readInTurn = (name: SourceName, signal: AbortSignal): Promise<void> => {
    const turn = (turns.get(keyOf(name)) ?? Promise.resolve())
      .catch(() => {})
      .then(async () => {
        const source = await store.find(name)
        if (source && !signal.aborted) await read(source, signal)
      })
    turns.set(keyOf(name), turn)
    return turn
  }

  const checkToken = ({ address, token }: SaveInput, before: StoredSource | null): boolean => {
    if (token !== undefined) return token !== null
    const same = before !== null && originOf(before.address) === originOf(address)
    if (before?.hasToken && !same)
      throw new AppError('invalid', 'The address changed, so the stored token is not sent there by itself.', {
        hint: 'Enter the token again for the new address, or remove it.',
        at: 'token',
      })
    return before?.hasToken ?? false
  }
  const secretOf = (name: SourceName, token: string | null | undefined): Promise<SecretWrite> =>
    typeof token === 'string' ? vault.prepare(secretId(name), token) : Promise.resolve(async () => {})

  const removeNow = async (source: StoredSource): Promise<void> => {
    await store.remove(source)
    await vault.remove([secretId(source)])
    await forgetUnused(source)
  }
  const forgetUnused = async ({ address, branch }: StoredSource): Promise<void> => {
    const used = (await store.list()).some((each) => each.address === address && each.branch === branch)
    if (!used) await git.forget({ address, branch })
  }

  return {
    list: async (): Promise<GitSource[]> => Promise.all((await store.list()).map(shown)),
    find: store.find,
    tokenOf,

    async save(input: SaveInput, signal: AbortSignal): Promise<Saved> {
      const { token, revision, ...settings } = input
      const before = await store.find(settings)
      if ((before?.revision ?? null) !== revision) throw changedMeanwhile()
      const refused = await ports.refusal(settings)
      if (refused !== null) throw new AppError('conflict', refused)
      const hasToken = checkToken(input, before)
      checkPlace(settings, hasToken)
      const after: StoredSource = { ...settings, hasToken, revision: (revision ?? 0) + 1, state: nothingRead }
      const secret = await secretOf(settings, token)
      if (before === null) await store.insert(after, secret)
      else if (!(await store.replace(after, before.revision, secret))) throw changedMeanwhile()
      if (!hasToken) await vault.remove([secretId(after)])
      if (before) await forgetUnused(before)
      await readInTurn(after, signal)
      onChange()
      return { before: before && (await shown(before)), after: await shown(await find(after)) }
    },

    async remove(name: SourceName): Promise<GitSource> {
      const source = await find(name)
      const before = await shown(source)
      await removeNow(source)
      onChange()
      return before
    },

    /** Forgets all of an environment, or of a service, that is removed. */
    async removeOf(of: Partial<SourceName>): Promise<void> {
      for (const source of await store.list())
        if (source.environment === of.environment || source.service === of.service) await removeNow(source)
    },

    async read(name: SourceName, signal: AbortSignal): Promise<GitSource> {
      await find(name)
      await readInTurn(name, signal)
      onChange()
      return shown(await find(name))
    },

    /** Asks for all, those of one repository one after another. */
    async readAll(signal: AbortSignal): Promise<void> {
      const byAddress = Map.groupBy(await store.list(), ({ address }) => address)
      await Promise.all(
        [...byAddress.values()].map(async (sources) => {
          for (const source of sources) await readInTurn(source, signal)
        }),
      )
    },

    /** How a rollout would part from what Git says, as a sentence; null when it would not, or Git says nothing. */
    async drift({ environment, service, version }: SourceName & { readonly version: string }): Promise<string | null> {
      const source = await store.find({ environment, service })
      const reading = source?.state.reading
      if (!source || !reading || reading.version === version) return null
      const again = source.automatic === null ? '' : ' Git is not followed again before it says something new.'
      return `Git says ${reading.version} (${reading.commit.slice(0, 7)}). Afterwards ${version} runs, and Git says something else.${again}`
    },
  }
}

export type GitSources = ReturnType<typeof createGitSources>

const originOf = (address: string): string => (URL.canParse(address) ? new URL(address).host : address)

const changedMeanwhile = (): AppError =>
  new AppError('conflict', 'Somebody changed this source meanwhile; nothing was saved.', {
    hint: 'Look at its present settings, then make your change again.',
  })
