import { CompiledQuery } from 'kysely'
import { v4 as randomId } from 'uuid'
import type { Workspace } from '../store/workspace.ts'
import { type GrowingTree, growingTree, type TreeNode } from './merkle.ts'
import type { ReadNodes } from './proof.ts'
import { insertRows } from './rows.ts'
import type { AuditTables } from './tables.ts'

/** A tree that grows inside a transaction and is stored at its end. */
export type TreeWriter = {
  readonly logId: string
  readonly size: () => number
  readonly root: () => string
  /** @returns the sequence of the new entry. */
  readonly append: (leaf: string) => number
  readonly save: () => Promise<void>
}

/**
 * The tree as this transaction finds it. Where the tree stands is kept in a row of its own: what somebody removed from
 * the entries is then found by verifying, and does not keep new entries out. @returns null before the first start.
 */
export async function openTree(trx: Workspace): Promise<TreeWriter | null> {
  const { rows } = await trx.executeQuery(
    CompiledQuery.raw('select log_id, size, peaks from audit_head where id = 1') as CompiledQuery<
      Pick<AuditTables['audit_head'], 'log_id' | 'size' | 'peaks'>
    >,
  )
  const [head] = rows
  return head ? writer(trx, head.log_id, growingTree(Number(head.size), JSON.parse(head.peaks))) : null
}

/** Plants the tree of a new log. */
export async function plantTree(trx: Workspace): Promise<TreeWriter> {
  const logId = randomId()
  await trx
    .withTables<AuditTables>()
    .insertInto('audit_head')
    .values({ id: 1, log_id: logId, size: 0, peaks: '[]' })
    .execute()
  return writer(trx, logId, growingTree())
}

function writer(trx: Workspace, logId: string, tree: GrowingTree): TreeWriter {
  const nodes: TreeNode[] = []
  return {
    logId,
    size: tree.size,
    root: tree.root,
    append(leaf) {
      tree.append(leaf, (node) => nodes.push(node))
      return tree.size()
    },
    async save() {
      const rows = nodes.map(({ level, index, hash }) => [level, index, hash])
      if (rows.length > 0) await insertRows(trx, 'audit_node', ['level', 'position', 'hash'], rows, replacing)
      await trx
        .withTables<AuditTables>()
        .updateTable('audit_head')
        .set({ size: tree.size(), peaks: JSON.stringify(tree.peaks()) })
        .where('id', '=', 1)
        .execute()
    },
  }
}

/** A node that is there already was put there by somebody else; verifying tells whether it is what it must be. */
const replacing = 'on conflict (level, position) do update set hash = excluded.hash'

/** Where the log stands. */
export type LogHead = { readonly logId: string; readonly size: number; readonly root: string }

export async function readHead(db: Workspace): Promise<LogHead | null> {
  const tree = await openTree(db)
  return tree && { logId: tree.logId, size: tree.size(), root: tree.root() }
}

/** The stored hashes of the tree, for proofs. */
export const storedNodes =
  (workspace: Workspace): ReadNodes =>
  async (level, index, count) => {
    const db = workspace.withTables<AuditTables>()
    const rows =
      level === 0
        ? await db
            .selectFrom('audit_entry')
            .select('leaf_hash as hash')
            .where('sequence', '>', index)
            .where('sequence', '<=', index + count)
            .orderBy('sequence')
            .execute()
        : await db
            .selectFrom('audit_node')
            .select('hash')
            .where('level', '=', level)
            .where('position', '>=', index)
            .where('position', '<', index + count)
            .orderBy('position')
            .execute()
    return rows.map(({ hash }) => hash)
  }
