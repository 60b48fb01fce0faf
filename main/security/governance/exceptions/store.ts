import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { ExceptionInput } from '#preload/security/exceptions.ts'

/** An exception as it is stored. Whether it is active is told by the clock, never by a column. */
export type StoredException = ExceptionInput & {
  readonly id: string
  readonly addedAt: string
  readonly addedBy: string
  readonly endedAt: string | null
  readonly endReason: string | null
}

type ExceptionTables = {
  exception: {
    id: string
    kind: 'policy' | 'finding'
    subject: string
    owner: string
    reason: string
    ticket: string
    identity: string | null
    operation: string | null
    environment: string | null
    expires_at: string
    added_at: string
    added_by: string
    ended_at: string | null
    end_reason: string | null
  }
}

export function createExceptionStore(workspace: Workspace) {
  const db = workspace.withTables<ExceptionTables>()
  return {
    all: async (): Promise<StoredException[]> =>
      (await db.selectFrom('exception').selectAll().orderBy('added_at', 'desc').orderBy('id').execute()).map(fromRow),

    add: async (exception: StoredException): Promise<void> => {
      await db.insertInto('exception').values(toRow(exception)).execute()
    },

    /** @returns whether it had not ended before. */
    async end(id: string, at: string, reason: string): Promise<boolean> {
      const result = await db
        .updateTable('exception')
        .set({ ended_at: at, end_reason: reason })
        .where('id', '=', id)
        .where('ended_at', 'is', null)
        .executeTakeFirst()
      return Number(result.numUpdatedRows) === 1
    },
  }
}

export type ExceptionStore = ReturnType<typeof createExceptionStore>

const toRow = ({ scope, ...exception }: StoredException): ExceptionTables['exception'] => ({
  id: exception.id,
  kind: exception.kind,
  subject: exception.subject,
  owner: exception.owner,
  reason: exception.reason,
  ticket: exception.ticket,
  identity: scope.identity ?? null,
  operation: scope.operation ?? null,
  environment: scope.environment ?? null,
  expires_at: exception.expiresAt,
  added_at: exception.addedAt,
  added_by: exception.addedBy,
  ended_at: exception.endedAt,
  end_reason: exception.endReason,
})

const fromRow = (row: ExceptionTables['exception']): StoredException => ({
  id: row.id,
  kind: row.kind,
  subject: row.subject,
  owner: row.owner,
  reason: row.reason,
  ticket: row.ticket,
  scope: {
    ...(row.identity === null ? {} : { identity: row.identity }),
    ...(row.operation === null ? {} : { operation: row.operation }),
    ...(row.environment === null ? {} : { environment: row.environment }),
  },
  expiresAt: row.expires_at,
  addedAt: row.added_at,
  addedBy: row.added_by,
  endedAt: row.ended_at,
  endReason: row.end_reason,
})

export const exceptionTables = [
  `create table exception (
    id text primary key, kind text not null, subject text not null, owner text not null, reason text not null,
    ticket text not null, identity text, operation text, environment text, expires_at text not null,
    added_at text not null, added_by text not null, ended_at text, end_reason text
  )`,
] as const
