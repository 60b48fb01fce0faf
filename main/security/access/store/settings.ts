import { z } from 'zod'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import { type AccessSettings, accessSettings } from '#preload/security/access.ts'
import type { Role } from '#preload/security/roles.ts'

/** A way back for who lost the last administrator, given on the machine that owns the data folder. */
const recovery = z.object({ user: z.string(), until: z.number() })
export type Recovery = z.infer<typeof recovery>

type SettingTables = {
  access_setting: { name: 'settings' | 'recovery'; value: string; revision: number }
  group_role: { member_of: string; role: Role }
}

const defaults: AccessSettings = {
  signInRequired: false,
  secondFactorRequired: false,
  idleMinutes: 15,
  absoluteHours: 12,
  stepUpMinutes: 10,
  sessionsPerIdentity: 10,
  groupRoles: [],
  revision: 0,
}

export function createSettingStore(workspace: Workspace) {
  const db = workspace.withTables<SettingTables>()
  const row = (name: 'settings' | 'recovery') =>
    db.selectFrom('access_setting').selectAll().where('name', '=', name).executeTakeFirst()
  return {
    async read(): Promise<AccessSettings> {
      const stored = await row('settings')
      const rows = await db.selectFrom('group_role').selectAll().orderBy('member_of').orderBy('role').execute()
      const groupRoles = rows.map(({ member_of, role }) => ({ group: member_of, role }))
      return accessSettings.parse({
        ...defaults,
        ...(stored ? JSON.parse(stored.value) : {}),
        groupRoles,
        revision: stored?.revision ?? 0,
      })
    },

    /** Replaces the settings if they still have `revision`. @returns whether they had. */
    replace: ({ groupRoles, revision, ...settings }: AccessSettings): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        const value = JSON.stringify(settings)
        await trx
          .insertInto('access_setting')
          .values({ name: 'settings', value: '{}', revision: 0 })
          .onConflict((conflict) => conflict.column('name').doNothing())
          .execute()
        const { numUpdatedRows } = await trx
          .updateTable('access_setting')
          .set({ value, revision: revision + 1 })
          .where('name', '=', 'settings')
          .where('revision', '=', revision)
          .executeTakeFirst()
        if (Number(numUpdatedRows) !== 1) return false
        await trx.deleteFrom('group_role').execute()
        const rows = new Map(
          groupRoles.map(({ group, role }) => [`${role} ${group}`, { member_of: group, role }] as const),
        )
        if (rows.size > 0)
          await trx
            .insertInto('group_role')
            .values([...rows.values()])
            .execute()
        return true
      }),

    async recovery(): Promise<Recovery | null> {
      const stored = await row('recovery')
      return stored ? recovery.parse(JSON.parse(stored.value)) : null
    },

    setRecovery: async (given: Recovery): Promise<void> => {
      const value = JSON.stringify(given)
      await db
        .insertInto('access_setting')
        .values({ name: 'recovery', value, revision: 0 })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
        .execute()
    },
  }
}

export const accessSettingTables = [
  'create table access_setting (name text primary key, value text not null, revision integer not null)',
  'create table group_role (member_of text not null, role text not null, primary key (member_of, role))',
] as const
