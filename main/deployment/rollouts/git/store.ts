import { isUniqueViolation } from '#main/kernel/store/portable.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { SecretWrite } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'
import type { GitReading, GitSourceInput } from '#preload/deployment/git-sources.ts'

export type SourceName = { readonly environment: string; readonly service: string }

/** What was last read, and what was made of it. */
export type GitState = {
  readonly reading: GitReading | null
  readonly readAt: string | null
  readonly error: string | null
  readonly held: string | null
  /** The commit up to which nothing is to be rolled out by itself: it was there first, was rolled out, or is in step. */
  readonly settled: string | null
}

export type StoredSource = GitSourceInput & {
  readonly hasToken: boolean
  readonly revision: number
  readonly state: GitState
}

export const nothingRead: GitState = { reading: null, readAt: null, error: null, held: null, settled: null }

type GitTables = {
  git_source: {
    environment: string
    service: string
    /** JSON of where it is, and of what is done by itself. */
    settings: string
    has_token: number
    revision: number
    /** JSON of what was read. */
    state: string
  }
}

export const gitSourceTables = [
  `create table git_source (
    environment text not null, service text not null references service (name) on delete cascade,
    settings text not null, has_token integer not null, revision integer not null, state text not null,
    primary key (environment, service)
  )`,
] as const

/** Where Git says which version is to run, and what it said last. */
export function createGitSourceStore(workspace: Workspace) {
  const db = workspace.withTables<GitTables>()
  return {
    list: async (): Promise<StoredSource[]> =>
      (await db.selectFrom('git_source').selectAll().orderBy('environment').orderBy('service').execute()).map(sourceOf),

    async find({ environment, service }: SourceName): Promise<StoredSource | null> {
      const row = await db
        .selectFrom('git_source')
        .selectAll()
        .where('environment', '=', environment)
        .where('service', '=', service)
        .executeTakeFirst()
      return row ? sourceOf(row) : null
    },

    /** @throws AppError `conflict` when there is one already. */
    async insert(source: StoredSource, secret: SecretWrite): Promise<void> {
      await workspace
        .transaction()
        .execute(async (trx) => {
          await trx.withTables<GitTables>().insertInto('git_source').values(rowOf(source)).execute()
          await secret(trx)
        })
        .catch((thrown: unknown) => {
          if (!isUniqueViolation(thrown)) throw thrown
          throw new AppError('conflict', `Git says the version of ${source.service} in ${source.environment} already.`)
        })
    },

    /** @returns whether it still had the revision and was replaced. */
    replace: (source: StoredSource, revision: number, secret: SecretWrite): Promise<boolean> =>
      workspace.transaction().execute(async (trx) => {
        const { numUpdatedRows } = await trx
          .withTables<GitTables>()
          .updateTable('git_source')
          .set(rowOf(source))
          .where('environment', '=', source.environment)
          .where('service', '=', source.service)
          .where('revision', '=', revision)
          .executeTakeFirstOrThrow()
        if (Number(numUpdatedRows) !== 1) return false
        await secret(trx)
        return true
      }),

    /** Only while its settings are those that were read by. */
    async setState({ environment, service }: SourceName, revision: number, state: GitState): Promise<void> {
      await db
        .updateTable('git_source')
        .set({ state: JSON.stringify(state) })
        .where('environment', '=', environment)
        .where('service', '=', service)
        .where('revision', '=', revision)
        .execute()
    },

    async remove({ environment, service }: SourceName): Promise<void> {
      await db.deleteFrom('git_source').where('environment', '=', environment).where('service', '=', service).execute()
    },
  }
}

export type GitSourceStore = ReturnType<typeof createGitSourceStore>

function rowOf({ hasToken, revision, state, ...settings }: StoredSource): GitTables['git_source'] {
  const { environment, service } = settings
  const texts = { settings: JSON.stringify(settings), state: JSON.stringify(state) }
  return { environment, service, has_token: hasToken ? 1 : 0, revision, ...texts }
}

const sourceOf = (row: GitTables['git_source']): StoredSource => ({
  ...(JSON.parse(row.settings) as GitSourceInput),
  hasToken: row.has_token === 1,
  revision: row.revision,
  state: JSON.parse(row.state) as GitState,
})
