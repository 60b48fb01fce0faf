import { Kysely, PostgresDialect, sql } from 'kysely'
import { v7 as uuid } from 'uuid'
import { storageError } from './errors.ts'
import { createFreezer } from './freeze.ts'
import type { Migration } from './migrate.ts'
import { createListeners, decodeNotice, encodeNotice, type Notice, resync } from './notices.ts'
import type { OpenWorkspace, Workspace } from './opened.ts'
import { applicationName, type WorkspacePlace } from './place.ts'
import { connectClient, defaultLimits, type PostgresLimits } from './postgres-client.ts'
import { migratePostgres } from './postgres-migrate.ts'
import { createPool } from './postgres-pool.ts'
import { watchServer } from './postgres-watch.ts'

/** Opens a workspace that a team shares on PostgreSQL 13 or newer. @throws AppError; see `openWorkspace`. */
export async function openPostgres(
  place: Extract<WorkspacePlace, { kind: 'postgres' }>,
  migrations: readonly Migration[],
  limits: PostgresLimits = defaultLimits,
): Promise<OpenWorkspace> {
  const { settings } = place
  const migrating = await connectClient(settings, limits)
  try {
    await migratePostgres(migrating, settings.schema, migrations)
  } catch (thrown) {
    throw storageError(thrown) ?? thrown
  } finally {
    await migrating.end().catch(() => {})
  }

  const instance = uuid()
  const name = applicationName(settings.schema, instance)
  const channel = `${settings.schema}_changes`
  const notices = createListeners<Notice>()
  const watch = await watchServer({
    settings,
    limits,
    name,
    channel,
    onNotice: (text) => {
      const notice = decodeNotice(instance, text)
      if (notice) notices.tell(notice)
    },
    onReturn: () => notices.tell({ topic: resync, payload: null, from: instance, own: false }),
    onAway: () => pool.abandon(),
  })
  const pool = createPool({ settings, limits, name, admit: watch.admit, onBroken: watch.suspect })
  const freezer = createFreezer()
  const workspace: Workspace = new Kysely({ dialect: new PostgresDialect({ pool }), plugins: [freezer.plugin] })
  return {
    workspace,
    dialect: 'postgres',
    place,
    instance,
    state: watch.state,
    onState: watch.onState,
    async notify(topic, payload) {
      const text = encodeNotice(instance, topic, payload)
      await sql`select pg_notify(${channel}, ${text})`.execute(workspace)
    },
    onNotify: notices.on,
    freeze: freezer.freeze,
    async close() {
      await watch.close()
      await workspace.destroy()
      await pool.end().catch(() => {}) // Kysely ends only a pool that it has used, and only once
    },
  }
}
