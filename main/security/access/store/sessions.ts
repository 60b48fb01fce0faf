import type { Via } from '#main/kernel/access/caller.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'

/** A session of somebody who signed in, as it is kept. Times are milliseconds. */
export type StoredSession = {
  readonly id: string
  /** SHA-256 of the key that its way in presents; the key itself is nowhere at rest. */
  readonly keyHash: string
  readonly identity: string
  readonly provider: string
  readonly via: Via
  readonly source: string | null
  readonly readOnly: boolean
  readonly createdAt: number
  readonly lastSeenAt: number
  readonly provenAt: number | null
  readonly endsAt: number
  readonly secondFactorDone: boolean
  readonly locked: boolean
  readonly elevatedUntil: number | null
}

type SessionTables = {
  session: {
    id: string
    key_hash: string
    identity: string
    provider: string
    via: Via
    source: string | null
    read_only: number
    created_at: string
    last_seen_at: string
    proven_at: string | null
    ends_at: string
    second_factor: number
    locked: number
    elevated_until: string | null
  }
}

type Row = SessionTables['session']

export function createSessionStore(workspace: Workspace) {
  const db = workspace.withTables<SessionTables>()
  return {
    list: async (): Promise<StoredSession[]> =>
      (await db.selectFrom('session').selectAll().orderBy('created_at').execute()).map(fromRow),

    async save(session: StoredSession): Promise<void> {
      const { id, ...row } = toRow(session)
      await db
        .insertInto('session')
        .values({ id, ...row })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
        .execute()
    },

    remove: async (ids: readonly string[]): Promise<void> => {
      if (ids.length > 0)
        await db
          .deleteFrom('session')
          .where('id', 'in', [...ids])
          .execute()
    },
  }
}

export type SessionStore = ReturnType<typeof createSessionStore>

const text = (ms: number): string => new Date(ms).toISOString()
const textOrNull = (ms: number | null): string | null => (ms === null ? null : text(ms))
const ms = (at: string | null): number | null => (at === null ? null : Date.parse(at))

const toRow = (session: StoredSession): Row => ({
  id: session.id,
  key_hash: session.keyHash,
  identity: session.identity,
  provider: session.provider,
  via: session.via,
  source: session.source,
  read_only: session.readOnly ? 1 : 0,
  created_at: text(session.createdAt),
  last_seen_at: text(session.lastSeenAt),
  proven_at: textOrNull(session.provenAt),
  ends_at: text(session.endsAt),
  second_factor: session.secondFactorDone ? 1 : 0,
  locked: session.locked ? 1 : 0,
  elevated_until: textOrNull(session.elevatedUntil),
})

const fromRow = (row: Row): StoredSession => ({
  id: row.id,
  keyHash: row.key_hash,
  identity: row.identity,
  provider: row.provider,
  via: row.via,
  source: row.source,
  readOnly: row.read_only === 1,
  createdAt: Date.parse(row.created_at),
  lastSeenAt: Date.parse(row.last_seen_at),
  provenAt: ms(row.proven_at),
  endsAt: Date.parse(row.ends_at),
  secondFactorDone: row.second_factor === 1,
  locked: row.locked === 1,
  elevatedUntil: ms(row.elevated_until),
})

export const sessionTables = [
  `create table session (
    id text primary key, key_hash text not null unique, identity text not null references identity (id),
    provider text not null, via text not null, source text, read_only integer not null, created_at text not null,
    last_seen_at text not null, proven_at text, ends_at text not null, second_factor integer not null,
    locked integer not null, elevated_until text
  )`,
  'create index session_by_identity on session (identity)',
] as const
