import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { RecordedConfiguration } from './configuration.ts'
import type { ServiceName, WorkloadName } from './engine.ts'
import type { RolloutTables } from './tables.ts'

type Row = RolloutTables['recorded_configuration']

/**
 * With what the versions of services are started in environments. A rollout records it when it is begun (see
 * `history.ts`); one that goes back forgets its own, so that what its version had before is meant again.
 */
export function createConfigurationStore(workspace: Workspace) {
  const db = workspace.withTables<RolloutTables>()
  /** Newest first. */
  const ofService = ({ environment, service }: ServiceName): Promise<Row[]> =>
    db
      .selectFrom('recorded_configuration')
      .selectAll()
      .where('environment', '=', environment)
      .where('service', '=', service)
      .orderBy('recorded_at', 'desc')
      .orderBy('rollout_id', 'desc')
      .execute()

  return {
    async find(name: WorkloadName): Promise<RecordedConfiguration | null> {
      const row = (await ofService(name)).find(({ version }) => version === name.version)
      return row ? recordedOf(row) : null
    },

    forget: async (rolloutId: string): Promise<void> => {
      await db.deleteFrom('recorded_configuration').where('rollout_id', '=', rolloutId).execute()
    },

    /** Forgets all but the newest of these versions. */
    async keepOnly(name: ServiceName, versions: readonly string[]): Promise<void> {
      const kept = new Set<string>()
      const superfluous = (await ofService(name)).filter(({ version }) => {
        const isNewest = versions.includes(version) && !kept.has(version)
        kept.add(version)
        return !isNewest
      })
      if (superfluous.length === 0) return
      const ids = superfluous.map(({ rollout_id }) => rollout_id)
      await db.deleteFrom('recorded_configuration').where('rollout_id', 'in', ids).execute()
    },
  }
}

export type ConfigurationStore = ReturnType<typeof createConfigurationStore>

export const recordedRow = (
  { id, environment, service }: ServiceName & { readonly id: string },
  { version, values, secrets, settings, recordedAt }: RecordedConfiguration,
): Row => ({
  ...{ rollout_id: id, environment, service, version },
  ...{ plain: JSON.stringify(values), secrets: JSON.stringify(secrets), settings: JSON.stringify(settings) },
  recorded_at: recordedAt,
})

const recordedOf = ({ version, plain, secrets, settings, recorded_at }: Row): RecordedConfiguration => ({
  ...{ version, values: JSON.parse(plain), secrets: JSON.parse(secrets), settings: JSON.parse(settings) },
  recordedAt: recorded_at,
})
