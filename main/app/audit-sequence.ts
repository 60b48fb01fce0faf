import type { Workspace } from '#main/kernel/store/workspace.ts'

type Entries = { audit_entry: { sequence: number; correlation_id: string } }

/** The audit entry that a call wrote; null while it is not written. */
export async function auditSequence(workspace: Workspace, correlationId: string): Promise<number | null> {
  const row = await workspace
    .withTables<Entries>()
    .selectFrom('audit_entry')
    .select('sequence')
    .where('correlation_id', '=', correlationId)
    .executeTakeFirst()
  return row ? Number(row.sequence) : null
}
