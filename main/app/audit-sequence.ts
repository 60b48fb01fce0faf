import type { Workspace } from '#main/kernel/store/workspace.ts'

type Entries = { audit_search: { sequence: number; correlation_id: string } }

/** The audit entry that a call wrote; null while it is not written and indexed. */
export async function auditSequence(workspace: Workspace, correlationId: string): Promise<number | null> {
  const row = await workspace
    .withTables<Entries>()
    .selectFrom('audit_search')
    .select('sequence')
    .where('correlation_id', '=', correlationId)
    .executeTakeFirst()
  return row ? Number(row.sequence) : null
}
