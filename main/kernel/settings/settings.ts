import type { z } from 'zod'
import { type Clock, iso } from '../clock.ts'
import { exclusively } from '../store/portable.ts'
import type { Workspace } from '../store/workspace.ts'

type SettingTables = { setting: { key: string; value: string; updated_at: string } }

export type Settings = {
  /** The stored value, or the schema's defaults where nothing valid is stored. */
  readonly get: <S extends z.ZodType>(key: string, schema: S) => Promise<z.output<S>>
  readonly set: (key: string, value: unknown) => Promise<void>
  /** Changes what is stored, in one step: of two who change it at once neither undoes the other. */
  readonly update: <S extends z.ZodType>(
    key: string,
    schema: S,
    change: (before: z.output<S>) => z.output<S>,
  ) => Promise<{ readonly before: z.output<S>; readonly after: z.output<S> }>
}

/** Small named values of the workspace, each read through the schema of whoever owns it. */
export function createSettings(workspace: Workspace, clock: Clock): Settings {
  const db = workspace.withTables<SettingTables>()
  const get = async <S extends z.ZodType>(trx: typeof db, key: string, schema: S): Promise<z.output<S>> => {
    const row = await trx.selectFrom('setting').select('value').where('key', '=', key).executeTakeFirst()
    const stored = schema.safeParse(row ? JSON.parse(row.value) : {})
    return stored.success ? stored.data : schema.parse({})
  }
  const set = async (trx: typeof db, key: string, value: unknown): Promise<void> => {
    const row = { value: JSON.stringify(value), updated_at: iso(clock.now()) }
    await trx
      .insertInto('setting')
      .values({ key, ...row })
      .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
      .execute()
  }
  return {
    get: (key, schema) => get(db, key, schema),
    set: (key, value) => set(db, key, value),
    update: (key, schema, change) =>
      db.transaction().execute(async (trx) => {
        await exclusively(trx, `setting ${key}`)
        const before = await get(trx, key, schema)
        const after = change(before)
        await set(trx, key, after)
        return { before, after }
      }),
  }
}

export const settingTables = [
  'create table setting (key text primary key, value text not null, updated_at text not null)',
] as const
