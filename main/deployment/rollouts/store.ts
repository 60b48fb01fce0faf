import { isUniqueViolation } from '#main/kernel/store/portable.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import { AppError } from '#preload/contract/error.ts'
import type { Release, Service, ServiceInput } from '#preload/deployment/rollouts.ts'
import { type Desired, desired } from './desired.ts'
import type { RolloutTables } from './tables.ts'

export type StoredService = Omit<Service, 'placements'>
export type StoredPlacement = {
  readonly environment: string
  readonly service: string
  readonly port: number
  readonly version: string | null
  readonly previous: string | null
  readonly desired: Desired
}

/** Services, their releases, and what is to run where. */
export function createRolloutStore(workspace: Workspace) {
  const db = workspace.withTables<RolloutTables>()
  return {
    services: async (): Promise<StoredService[]> =>
      (await db.selectFrom('service').selectAll().orderBy('name').execute()).map(serviceOf),

    async service(name: string): Promise<StoredService | null> {
      const row = await db.selectFrom('service').selectAll().where('name', '=', name).executeTakeFirst()
      return row ? serviceOf(row) : null
    },

    /** @throws AppError `conflict` when the name is taken. */
    async insertService({ id, revision, createdAt, updatedAt, ...settings }: StoredService): Promise<void> {
      const times = { created_at: createdAt, updated_at: updatedAt }
      await db
        .insertInto('service')
        .values({ id, name: settings.name, settings: JSON.stringify(settings), revision, ...times })
        .execute()
        .catch(taken(`There is a service ${settings.name} already.`, 'name'))
    },

    /** @returns whether the service still had `revision` and was replaced. */
    async replaceService(name: string, revision: number, settings: ServiceInput, at: string): Promise<boolean> {
      const { numUpdatedRows } = await db
        .updateTable('service')
        .set({ settings: JSON.stringify(settings), revision: revision + 1, updated_at: at })
        .where('name', '=', name)
        .where('revision', '=', revision)
        .executeTakeFirstOrThrow()
      return Number(numUpdatedRows) === 1
    },

    removeService: async (name: string): Promise<void> => {
      await db.deleteFrom('service').where('name', '=', name).execute()
    },

    releases: async (service: string): Promise<Release[]> =>
      (
        await db
          .selectFrom('release')
          .selectAll()
          .where('service', '=', service)
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .execute()
      ).map(releaseOf),

    async release(service: string, version: string): Promise<Release | null> {
      const row = await db
        .selectFrom('release')
        .selectAll()
        .where('service', '=', service)
        .where('version', '=', version)
        .executeTakeFirst()
      return row ? releaseOf(row) : null
    },

    /** @throws AppError `conflict` when the service has this version. */
    async insertRelease({ addedBy, createdAt, excluded, ...row }: Release): Promise<void> {
      await db
        .insertInto('release')
        .values({ ...row, added_by: addedBy, created_at: createdAt, excluded: JSON.stringify(excluded) })
        .execute()
        .catch(taken(`${row.service} has a version ${row.version} already.`, 'version'))
    },

    async exclude(id: string, excluded: Release['excluded']): Promise<void> {
      await db
        .updateTable('release')
        .set({ excluded: JSON.stringify(excluded) })
        .where('id', '=', id)
        .execute()
    },

    usesOf: async (digest: string): Promise<number> =>
      (await db.selectFrom('release').select('id').where('digest', '=', digest).execute()).length,

    placements: async (): Promise<StoredPlacement[]> =>
      (await db.selectFrom('placement').selectAll().orderBy('environment').orderBy('service').execute()).map(
        placementOf,
      ),

    async placement(environment: string, service: string): Promise<StoredPlacement | null> {
      const row = await db
        .selectFrom('placement')
        .selectAll()
        .where('environment', '=', environment)
        .where('service', '=', service)
        .executeTakeFirst()
      return row ? placementOf(row) : null
    },

    /** @throws AppError `conflict` when another service was given the port meanwhile. */
    async insertPlacement({ desired: wanted, ...row }: StoredPlacement, at: string): Promise<void> {
      await db
        .insertInto('placement')
        .values({ ...row, desired: JSON.stringify(wanted), updated_at: at })
        .execute()
        .catch(taken('Another service was given the same port meanwhile.', null))
    },

    async changePlacement(
      { environment, service }: Pick<StoredPlacement, 'environment' | 'service'>,
      change: Partial<Pick<StoredPlacement, 'version' | 'previous' | 'desired'>>,
      at: string,
    ): Promise<void> {
      const { desired: wanted, ...rest } = change
      await db
        .updateTable('placement')
        .set({ ...rest, ...(wanted ? { desired: JSON.stringify(wanted) } : {}), updated_at: at })
        .where('environment', '=', environment)
        .where('service', '=', service)
        .execute()
    },

    /** With all that is recorded of what ran there. */
    removePlacement: (environment: string, service: string): Promise<void> =>
      db.transaction().execute(async (trx) => {
        for (const table of ['recorded_configuration', 'placement'] as const)
          await trx.deleteFrom(table).where('environment', '=', environment).where('service', '=', service).execute()
      }),
  }
}

export type RolloutStore = ReturnType<typeof createRolloutStore>

const taken =
  (message: string, at: string | null) =>
  (thrown: unknown): never => {
    if (!isUniqueViolation(thrown)) throw thrown
    throw new AppError('conflict', message, at === null ? {} : { at })
  }

const serviceOf = (row: RolloutTables['service']): StoredService => ({
  ...(JSON.parse(row.settings) as ServiceInput),
  id: row.id,
  revision: row.revision,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

const releaseOf = (row: RolloutTables['release']): Release => ({
  id: row.id,
  service: row.service,
  version: row.version,
  digest: row.digest,
  files: row.files,
  bytes: Number(row.bytes),
  notes: row.notes,
  addedBy: row.added_by,
  createdAt: row.created_at,
  excluded: row.excluded === null ? null : JSON.parse(row.excluded),
})

const placementOf = (row: RolloutTables['placement']): StoredPlacement => ({
  environment: row.environment,
  service: row.service,
  port: row.port,
  version: row.version,
  previous: row.previous,
  desired: desired.parse(JSON.parse(row.desired)),
})
