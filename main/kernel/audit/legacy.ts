import { sql } from 'kysely'
import type { AuditOutcome } from '#preload/security/audit.ts'
import type { Workspace } from '../store/workspace.ts'
import { canonicalOfAny } from './canonical.ts'
import { type Draft, type LegacyEntry, legacyLeafOf } from './entry.ts'
import { leafHash } from './merkle.ts'
import { insertRows } from './rows.ts'
import type { Subjects } from './subject.ts'
import type { AuditTables } from './tables.ts'
import type { TreeWriter } from './tree.ts'

const batch = 500

/**
 * Carries the entries of step 0001 over as the first leaves of the tree, with everything their chain hashed, and
 * empties the old table. @returns how many.
 */
export async function adoptEntries(trx: Workspace, tree: TreeWriter): Promise<number> {
  const db = trx.withTables<AuditTables>()
  let carried = 0
  for (let after = 0; ; ) {
    const rows = await db
      .selectFrom('audit_legacy_entry')
      .selectAll()
      .where('sequence', '>', after)
      .orderBy('sequence')
      .limit(sql.lit(batch))
      .execute()
    if (rows.length === 0) break
    const leaves = rows.map((row) => legacyLeafOf(fromLegacyRow(row)))
    await insertRows(
      trx,
      'audit_entry',
      ['sequence', 'leaf_hash', 'leaf'],
      leaves.map((leaf) => {
        const hash = leafHash(leaf)
        return [tree.append(hash), hash, leaf]
      }),
    )
    carried += rows.length
    after = rows.at(-1)?.sequence ?? after
  }
  await db.deleteFrom('audit_legacy_entry').execute()
  return carried
}

const fromLegacyRow = (row: AuditTables['audit_legacy_entry']): Omit<LegacyEntry, 'v'> => ({
  sequence: row.sequence,
  at: row.at,
  actor: row.actor,
  via: row.via,
  operation: row.operation,
  targets: JSON.parse(row.targets),
  before: JSON.parse(row.before),
  after: JSON.parse(row.after),
  outcome: row.outcome as AuditOutcome,
  error: row.error ? JSON.parse(row.error) : null,
  correlationId: row.correlation_id,
  previousHash: row.previous_hash,
  hash: row.hash,
})

/** Who an actor of step 0001 is: it knew users of the operating system, and itself. */
export const legacyIdentity = (actor: string): string => (actor === 'application' ? actor : `os:${actor}`)

const legacyCaller = (actor: string) => ({ id: legacyIdentity(actor), name: actor, source: null, session: '' })

/** Gives everybody who occurs in the old entries a pseudonym, so that they can be found and erased. */
export async function nameLegacyActors(workspace: Workspace, subjects: Subjects): Promise<void> {
  const db = workspace.withTables<AuditTables>()
  const rows = await db.selectFrom('audit_legacy_entry').select('actor').distinct().execute()
  for (const { actor } of rows) await subjects.seal(legacyCaller(actor))
}

/** Intents that a release of step 0001 left behind, as this one keeps them. */
export async function legacyIntents(workspace: Workspace, subjects: Subjects): Promise<readonly Draft[]> {
  const left = await workspace.withTables<AuditTables>().selectFrom('audit_legacy_intent').selectAll().execute()
  const drafts: Draft[] = []
  for (const { correlation_id, at, actor, via, operation, input } of left)
    drafts.push({
      ...(await subjects.seal(legacyCaller(actor))),
      at,
      via,
      operation,
      environments: [],
      targets: [],
      before: 'null',
      after: canonicalOfAny(JSON.parse(input)),
      outcome: 'interrupted',
      error: null,
      correlationId: correlation_id,
      policies: [],
      approval: null,
    })
  return drafts
}

/** Leaves them to be recovered like any other intent of a process that is gone. */
export async function adoptIntents(trx: Workspace, drafts: readonly Draft[]): Promise<void> {
  const rows = drafts.map((draft) => [draft.correlationId, 'step 0001', draft.at, JSON.stringify(draft)])
  await insertRows(trx, 'audit_intent', ['correlation_id', 'instance', 'at', 'draft'], rows)
  await trx.withTables<AuditTables>().deleteFrom('audit_legacy_intent').execute()
}
