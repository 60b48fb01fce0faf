import { sql } from 'kysely'
import { type AuditTables, fromRow } from '#main/kernel/audit/log.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { AuditEntry, AuditFilter } from '#preload/security/audit.ts'

/** Reads of the audit log for its browser. The log itself is written by the kernel alone. */
export function createAuditStore(workspace: Workspace) {
  const db = workspace.withTables<AuditTables>()

  const filtered = (filter: AuditFilter) => {
    let query = db.selectFrom('audit_entry')
    if (filter.from) query = query.where('at', '>=', filter.from)
    if (filter.to) query = query.where('at', '<=', filter.to)
    if (filter.actor) query = query.where('actor', '=', filter.actor)
    if (filter.outcome) query = query.where('outcome', '=', filter.outcome)
    if (filter.correlationId) query = query.where('correlation_id', '=', filter.correlationId)
    if (filter.operation)
      query = filter.operation.includes('.')
        ? query.where('operation', '=', filter.operation)
        : query.where('operation', 'like', `${escapeLike(filter.operation)}.%`)
    if (filter.target) {
      const { target } = filter
      query = query.where('sequence', 'in', (eb) =>
        eb.selectFrom('audit_target').select('audit_target.sequence').where('target', '=', target),
      )
    }
    for (const word of (filter.text ?? '').split(/\s+/).filter(Boolean))
      query = query.where(
        sql<boolean>`lower(actor || ' ' || operation || ' ' || targets || ' ' || "before" || ' ' || "after" || ' ' || coalesce(error, '')) like ${`%${escapeLike(word.toLowerCase())}%`} escape '\\'`,
      )
    return query
  }

  return {
    async page(filter: AuditFilter, offset: number, limit: number): Promise<{ total: number; entries: AuditEntry[] }> {
      const { total } = await filtered(filter)
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow()
      const rows = await filtered(filter).selectAll().orderBy('sequence', 'desc').limit(limit).offset(offset).execute()
      return { total: Number(total), entries: rows.map(fromRow) }
    },

    async facets(): Promise<{ actors: string[]; operations: string[] }> {
      const actors = await db.selectFrom('audit_entry').select('actor').distinct().orderBy('actor').execute()
      const operations = await db
        .selectFrom('audit_entry')
        .select('operation')
        .distinct()
        .orderBy('operation')
        .execute()
      return { actors: actors.map((row) => row.actor), operations: operations.map((row) => row.operation) }
    },
  }
}

export type AuditStore = ReturnType<typeof createAuditStore>

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&')
