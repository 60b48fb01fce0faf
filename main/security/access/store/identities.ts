import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { Identity } from '#preload/security/access.ts'
import type { Role } from '#preload/security/roles.ts'

export type IdentityKind = Identity['kind']

/** Somebody who is known here. `login` is what they type at a directory, for proving again that it is them. */
export type StoredIdentity = {
  readonly id: string
  readonly kind: IdentityKind
  /** The provider they last came through; null for `os`. */
  readonly provider: string | null
  readonly issuer: string
  readonly subject: string
  readonly name: string
  readonly email: string | null
  readonly login: string | null
  readonly groups: readonly string[]
  readonly assignedRoles: readonly Role[]
  readonly disabled: boolean
  readonly createdAt: string
  readonly lastSeenAt: string | null
  readonly revision: number
}

type IdentityTables = {
  identity: {
    id: string
    kind: IdentityKind
    provider: string | null
    issuer: string
    subject: string
    name: string
    email: string | null
    login: string | null
    member_of: string
    disabled: number
    created_at: string
    last_seen_at: string | null
    revision: number
  }
  identity_role: { identity: string; role: Role }
}

type Row = IdentityTables['identity']

export function createIdentityStore(workspace: Workspace) {
  const db = workspace.withTables<IdentityTables>()

  const rolesOf = async (ids: readonly string[] | null): Promise<ReadonlyMap<string, readonly Role[]>> => {
    const all = db.selectFrom('identity_role').selectAll().orderBy('role')
    const rows = await (ids === null ? all : all.where('identity', 'in', [...ids])).execute()
    const found = new Map<string, Role[]>()
    for (const { identity, role } of rows) found.set(identity, [...(found.get(identity) ?? []), role])
    return found
  }
  const withRoles = async (row: Row | undefined): Promise<StoredIdentity | null> =>
    row ? fromRow(row, (await rolesOf([row.id])).get(row.id) ?? []) : null

  return {
    async list(): Promise<StoredIdentity[]> {
      const rows = await db.selectFrom('identity').selectAll().orderBy('created_at').execute()
      const roles = await rolesOf(null)
      return rows.map((row) => fromRow(row, roles.get(row.id) ?? []))
    },

    find: async (id: string): Promise<StoredIdentity | null> =>
      withRoles(await db.selectFrom('identity').selectAll().where('id', '=', id).executeTakeFirst()),

    /** By who vouches for them and what that one calls them. */
    findExternal: async (kind: IdentityKind, issuer: string, subject: string): Promise<StoredIdentity | null> =>
      withRoles(
        await db
          .selectFrom('identity')
          .selectAll()
          .where('kind', '=', kind)
          .where('issuer', '=', issuer)
          .where('subject', '=', subject)
          .executeTakeFirst(),
      ),

    /**
     * Adds somebody, or brings up to date what their provider says of them; what was decided here stays. Two first sign-ins
     * at once make one person. @returns their id.
     */
    async save(identity: StoredIdentity): Promise<string> {
      const row = toRow(identity)
      const { id: _, disabled: __, revision: ___, created_at: ____, ...told } = row
      const { id } = await db
        .insertInto('identity')
        .values(row)
        .onConflict((conflict) => conflict.columns(['kind', 'issuer', 'subject']).doUpdateSet(told))
        .returning('id')
        .executeTakeFirstOrThrow()
      return id
    },

    /** Sets what is decided here, if the identity still has `revision`. @returns whether it had. */
    decide: (id: string, roles: readonly Role[], disabled: boolean, revision: number): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable('identity')
          .set({ disabled: disabled ? 1 : 0, revision: revision + 1 })
          .where('id', '=', id)
          .where('revision', '=', revision)
          .executeTakeFirst()
        if (Number(numUpdatedRows) !== 1) return false
        await trx.deleteFrom('identity_role').where('identity', '=', id).execute()
        if (roles.length > 0)
          await trx
            .insertInto('identity_role')
            .values([...new Set(roles)].map((role) => ({ identity: id, role })))
            .execute()
        return true
      }),

    seen: async (id: string, at: string): Promise<void> => {
      await db.updateTable('identity').set({ last_seen_at: at }).where('id', '=', id).execute()
    },

    /** Forgets who somebody was. What is left says that there was somebody, so that their id is never used again. */
    erase: (id: string): Promise<void> =>
      db.transaction().execute(async (trx) => {
        await trx
          .updateTable('identity')
          .set({ name: '', email: null, login: null, subject: `erased:${id}`, member_of: '[]', disabled: 1 })
          .where('id', '=', id)
          .execute()
        await trx.deleteFrom('identity_role').where('identity', '=', id).execute()
      }),
  }
}

export type IdentityStore = ReturnType<typeof createIdentityStore>

const toRow = (identity: StoredIdentity): Row => ({
  id: identity.id,
  kind: identity.kind,
  provider: identity.provider,
  issuer: identity.issuer,
  subject: identity.subject,
  name: identity.name,
  email: identity.email,
  login: identity.login,
  member_of: JSON.stringify(identity.groups),
  disabled: identity.disabled ? 1 : 0,
  created_at: identity.createdAt,
  last_seen_at: identity.lastSeenAt,
  revision: identity.revision,
})

const fromRow = (row: Row, assignedRoles: readonly Role[]): StoredIdentity => ({
  id: row.id,
  kind: row.kind,
  provider: row.provider,
  issuer: row.issuer,
  subject: row.subject,
  name: row.name,
  email: row.email,
  login: row.login,
  groups: JSON.parse(row.member_of),
  assignedRoles,
  disabled: row.disabled === 1,
  createdAt: row.created_at,
  lastSeenAt: row.last_seen_at,
  revision: row.revision,
})

export const identityTables = [
  `create table identity (
    id text primary key, kind text not null, provider text, issuer text not null, subject text not null,
    name text not null, email text, login text, member_of text not null, disabled integer not null,
    created_at text not null, last_seen_at text, revision integer not null, unique (kind, issuer, subject)
  )`,
  `create table identity_role (
    identity text not null references identity (id), role text not null, primary key (identity, role)
  )`,
] as const
