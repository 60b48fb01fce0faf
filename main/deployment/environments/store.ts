import { isUniqueViolation } from '#main/kernel/store/portable.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { SecretWrite } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'
import type { Environment } from '#preload/deployment/environments.ts'
import { sshKeyName } from './secrets.ts'

/** An environment as it is stored: no secret values, and nothing that is worked out anew at each look. */
export type StoredEnvironment = Omit<Environment, 'health' | 'frozen' | 'nextFreeze'>

export type Lock = NonNullable<Environment['lock']>

type EnvironmentTables = {
  environment: {
    id: string
    name: string
    position: number
    description: string
    region: string
    owners: string
    target: string
    layers: string
    required_approvals: number
    freeze_calendar: string
    expires_at: string | null
    lock: string | null
    revision: number
    created_at: string
    updated_at: string
  }
  environment_secret: { environment: string; name: string }
}

type Row = EnvironmentTables['environment']

/** Environments and the names of their secrets. */
export function createEnvironmentStore(workspace: Workspace) {
  const db = workspace.withTables<EnvironmentTables>()
  const secretsOf = async (environment: string): Promise<string[]> => {
    const rows = await db
      .selectFrom('environment_secret')
      .select('name')
      .where('environment', '=', environment)
      .orderBy('name')
      .execute()
    return rows.map(({ name }) => name)
  }

  return {
    async list(): Promise<StoredEnvironment[]> {
      const rows = await db.selectFrom('environment').selectAll().orderBy('position').orderBy('name').execute()
      const secrets = await db.selectFrom('environment_secret').selectAll().orderBy('name').execute()
      const byEnvironment = Map.groupBy(secrets, ({ environment }) => environment)
      return rows.map((row) =>
        fromRow(
          row,
          (byEnvironment.get(row.name) ?? []).map(({ name }) => name),
        ),
      )
    },

    names: async (): Promise<string[]> =>
      (await db.selectFrom('environment').select('name').orderBy('position').orderBy('name').execute()).map(
        ({ name }) => name,
      ),

    async find(name: string): Promise<StoredEnvironment | null> {
      const row = await db.selectFrom('environment').selectAll().where('name', '=', name).executeTakeFirst()
      return row ? fromRow(row, await secretsOf(name)) : null
    },

    /** Adds it with its secrets, or neither. @throws AppError `conflict` when the name is taken. */
    insert: (environment: StoredEnvironment, secrets: SecretWrite): Promise<void> =>
      workspace
        .transaction()
        .execute(async (trx) => {
          const tables = trx.withTables<EnvironmentTables>()
          await tables.insertInto('environment').values(toRow(environment)).execute()
          const all = [...environment.secrets, ...(environment.sshKey ? [sshKeyName] : [])]
          const names = all.map((name) => ({ environment: environment.name, name }))
          if (names.length > 0) await tables.insertInto('environment_secret').values(names).execute()
          await secrets(trx)
        })
        .catch(nameTaken(environment.name)),

    /** Replaces what people set in it if it still has `revision`; secrets, lock and place stay. @returns whether it had. */
    async replace(environment: StoredEnvironment, revision: number): Promise<boolean> {
      const { id, position: _position, lock: _lock, ...row } = toRow(environment)
      const { numUpdatedRows } = await db
        .updateTable('environment')
        .set(row)
        .where('id', '=', id)
        .where('revision', '=', revision)
        .executeTakeFirstOrThrow()
      return Number(numUpdatedRows) === 1
    },

    /** @returns whether there is such an environment. */
    async setLock(name: string, lock: Lock | null): Promise<boolean> {
      const { numUpdatedRows } = await db
        .updateTable('environment')
        .set({ lock: lock && JSON.stringify(lock) })
        .where('name', '=', name)
        .executeTakeFirstOrThrow()
      return Number(numUpdatedRows) === 1
    },

    arrange: (names: readonly string[]): Promise<void> =>
      db.transaction().execute(async (trx) => {
        for (const [position, name] of names.entries())
          await trx.updateTable('environment').set({ position }).where('name', '=', name).execute()
      }),

    addSecret: (environment: string, name: string, write: SecretWrite): Promise<void> =>
      workspace.transaction().execute(async (trx) => {
        await trx
          .withTables<EnvironmentTables>()
          .insertInto('environment_secret')
          .values({ environment, name })
          .onConflict((conflict) => conflict.columns(['environment', 'name']).doNothing())
          .execute()
        await write(trx)
      }),

    removeSecret: async (environment: string, name: string): Promise<void> => {
      await db
        .deleteFrom('environment_secret')
        .where('environment', '=', environment)
        .where('name', '=', name)
        .execute()
    },

    remove: (name: string): Promise<void> =>
      db.transaction().execute(async (trx) => {
        await trx.deleteFrom('environment_secret').where('environment', '=', name).execute()
        await trx.deleteFrom('environment').where('name', '=', name).execute()
      }),
  }
}

export type EnvironmentStore = ReturnType<typeof createEnvironmentStore>

const nameTaken =
  (name: string) =>
  (thrown: unknown): never => {
    if (!isUniqueViolation(thrown)) throw thrown
    throw new AppError('conflict', `There is an environment called ${name} already.`, {
      hint: 'Choose another name.',
      at: 'name',
    })
  }

const toRow = (environment: StoredEnvironment): Row => ({
  id: environment.id,
  name: environment.name,
  position: environment.position,
  description: environment.description,
  region: environment.region,
  owners: JSON.stringify(environment.owners),
  target: JSON.stringify(environment.target),
  layers: JSON.stringify(environment.layers),
  required_approvals: environment.requiredApprovals,
  freeze_calendar: environment.freezeCalendar,
  expires_at: environment.expiresAt,
  lock: environment.lock && JSON.stringify(environment.lock),
  revision: environment.revision,
  created_at: environment.createdAt,
  updated_at: environment.updatedAt,
})

const fromRow = (row: Row, kept: string[]): StoredEnvironment => ({
  id: row.id,
  name: row.name,
  position: row.position,
  description: row.description,
  region: row.region,
  owners: JSON.parse(row.owners),
  target: JSON.parse(row.target),
  layers: JSON.parse(row.layers),
  requiredApprovals: row.required_approvals as StoredEnvironment['requiredApprovals'],
  freezeCalendar: row.freeze_calendar,
  expiresAt: row.expires_at,
  secrets: kept.filter((name) => name !== sshKeyName),
  sshKey: kept.includes(sshKeyName),
  lock: row.lock === null ? null : JSON.parse(row.lock),
  revision: row.revision,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

export const environmentTables = [
  `create table environment (
    id text primary key, name text not null unique, position integer not null, description text not null,
    region text not null, owners text not null, target text not null, layers text not null,
    required_approvals integer not null, freeze_calendar text not null, expires_at text, lock text,
    revision integer not null, created_at text not null, updated_at text not null
  )`,
  `create table environment_secret (
    environment text not null, name text not null, primary key (environment, name)
  )`,
] as const
