import { v7 as uuid } from 'uuid'
import { type Clock, iso } from '#main/kernel/clock.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { SavedView } from '#preload/lifecycle/operations.ts'

type ViewTables = { saved_view: { id: string; screen: string; name: string; search: string; updated_at: string } }

export function createViewStore(workspace: Workspace, clock: Clock) {
  const db = workspace.withTables<ViewTables>()
  const fromRow = (row: ViewTables['saved_view']): SavedView => ({
    id: row.id,
    screen: row.screen,
    name: row.name,
    search: JSON.parse(row.search),
    updatedAt: row.updated_at,
  })
  const findByName = (screen: string, name: string) =>
    db.selectFrom('saved_view').selectAll().where('screen', '=', screen).where('name', '=', name).executeTakeFirst()

  return {
    list: async (screen: string): Promise<SavedView[]> =>
      (await db.selectFrom('saved_view').selectAll().where('screen', '=', screen).orderBy('name').execute()).map(
        fromRow,
      ),

    /** Saves under a name; the same name on the same screen is replaced. @returns what was there before, too. */
    async save({ screen, name, search }: Pick<SavedView, 'screen' | 'name' | 'search'>) {
      const before = await findByName(screen, name)
      const row = {
        id: before?.id ?? uuid(),
        screen,
        name,
        search: JSON.stringify(search),
        updated_at: iso(clock.now()),
      }
      await db
        .insertInto('saved_view')
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(['screen', 'name']).doUpdateSet({ search: row.search, updated_at: row.updated_at }),
        )
        .execute()
      // Somebody may have saved the same name at the same moment; then it keeps their id.
      const after = await findByName(screen, name)
      return { before: before ? fromRow(before) : null, after: fromRow(after ?? row) }
    },

    async remove(id: string): Promise<SavedView | null> {
      const row = await db.selectFrom('saved_view').selectAll().where('id', '=', id).executeTakeFirst()
      if (!row) return null
      await db.deleteFrom('saved_view').where('id', '=', id).execute()
      return fromRow(row)
    },
  }
}

export type ViewStore = ReturnType<typeof createViewStore>

export const viewTables = [
  `create table saved_view (
    id text primary key, screen text not null, name text not null, search text not null, updated_at text not null,
    unique (screen, name)
  )`,
] as const
