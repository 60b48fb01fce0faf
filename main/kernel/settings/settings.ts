import type { z } from 'zod'
import { type Clock, iso } from '../clock.ts'
import type { Workspace } from '../store/workspace.ts'

type SettingTables = { setting: { key: string; value: string; updated_at: string } }

export type Settings = {
  /** The stored value, or the schema's defaults where nothing valid is stored. */
  readonly get: <S extends z.ZodType>(key: string, schema: S) => Promise<z.output<S>>
  readonly set: (key: string, value: unknown) => Promise<void>
}

/** Small named values of the workspace, each read through the schema of whoever owns it. */
export function createSettings(workspace: Workspace, clock: Clock): Settings {
  const db = workspace.withTables<SettingTables>()
  return {
    async get(key, schema) {
      const row = await db.selectFrom('setting').select('value').where('key', '=', key).executeTakeFirst()
      const stored = schema.safeParse(row ? JSON.parse(row.value) : {})
      return stored.success ? stored.data : schema.parse({})
    },
    async set(key, value) {
      const row = { value: JSON.stringify(value), updated_at: iso(clock.now()) }
      await db
        .insertInto('setting')
        .values({ key, ...row })
        .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
        .execute()
    },
  }
}

export const settingTables = [
  'create table setting (key text primary key, value text not null, updated_at text not null)',
] as const
