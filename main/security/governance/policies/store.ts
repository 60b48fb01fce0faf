import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { PolicyTest, PolicyVersion } from '#preload/security/policies.ts'

type PolicyTables = {
  policy_version: { version: number; text: string; note: string; at: string; author: string; digest: string }
  policy_test: { version: number; position: number; test: string }
}

export type StoredVersion = PolicyVersion & { readonly at: string; readonly by: string }

/** The policy texts of the workspace, each with the tests it passed. A version is only ever added. */
export function createPolicyStore(workspace: Workspace) {
  const db = workspace.withTables<PolicyTables>()
  return {
    async latest(): Promise<StoredVersion | null> {
      const row = await db
        .selectFrom('policy_version')
        .selectAll()
        .orderBy('version', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row ? fromRow(row) : null
    },

    async find(version: number): Promise<StoredVersion | null> {
      const row = await db.selectFrom('policy_version').selectAll().where('version', '=', version).executeTakeFirst()
      return row ? fromRow(row) : null
    },

    all: async (): Promise<StoredVersion[]> =>
      (await db.selectFrom('policy_version').selectAll().orderBy('version', 'desc').execute()).map(fromRow),

    async tests(version: number): Promise<PolicyTest[]> {
      const rows = await db
        .selectFrom('policy_test')
        .select('test')
        .where('version', '=', version)
        .orderBy('position')
        .execute()
      return rows.map(({ test }) => JSON.parse(test))
    },

    /** @returns whether it was added; false when somebody else added a version of this number meanwhile. */
    add: (version: StoredVersion, tests: readonly PolicyTest[]): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        const { by, ...row } = version
        const result = await trx
          .insertInto('policy_version')
          .values({ ...row, author: by })
          .onConflict((conflict) => conflict.column('version').doNothing())
          .executeTakeFirst()
        if (Number(result.numInsertedOrUpdatedRows) !== 1) return false
        for (const [position, test] of tests.entries())
          await trx
            .insertInto('policy_test')
            .values({ version: version.version, position, test: JSON.stringify(test) })
            .execute()
        return true
      }),
  }
}

export type PolicyStore = ReturnType<typeof createPolicyStore>

const fromRow = ({ author, ...row }: PolicyTables['policy_version']): StoredVersion => ({ ...row, by: author })

export const policyTables = [
  `create table policy_version (
    version integer primary key, text text not null, note text not null, at text not null, author text not null,
    digest text not null
  )`,
  `create table policy_test (
    version integer not null, position integer not null, test text not null, primary key (version, position)
  )`,
] as const
