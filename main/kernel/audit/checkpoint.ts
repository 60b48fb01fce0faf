import type { Checkpoint, IntegrityProblem } from '#preload/security/audit-integrity.ts'
import { type Clock, iso } from '../clock.ts'
import type { Workspace } from '../store/workspace.ts'
import type { Vault } from '../vault/vault.ts'
import { createLogKey, type LogKey } from './key.ts'
import { noteKey, originOf, parseNote, signHead } from './note.ts'
import { rootOf } from './proof.ts'
import type { AuditTables } from './tables.ts'
import { readHead, storedNodes } from './tree.ts'
import type { Witness } from './witness.ts'

/** Signed heads of the log: made when appends settle, kept in the workspace and by the witness. */
export type Checkpoints = {
  /** Something was appended: sign soon. */
  readonly schedule: () => void
  /** Signs now what is not signed yet. @returns the newest checkpoint; null when there is none (the vault is locked). */
  readonly sign: () => Promise<Checkpoint | null>
  readonly list: (limit: number) => Promise<readonly Checkpoint[]>
  /** The oldest checkpoint over at least `size` entries. */
  readonly covering: (size: number) => Promise<Checkpoint | null>
  readonly at: (size: number) => Promise<Checkpoint | null>
  /** Checkpoints over more than `size` entries, oldest first. */
  readonly after: (size: number, limit: number) => Promise<readonly Checkpoint[]>
  readonly countAfter: (size: number) => Promise<number>
  /** Why the log is not signed any more: it contradicts what was signed before. */
  readonly doubts: () => readonly IntegrityProblem[]
  readonly key: LogKey
  readonly witness: Witness
  /** Signs what is there, and nothing after it until `release`: the log goes on elsewhere. */
  readonly hold: () => Promise<void>
  readonly release: () => void
  readonly close: () => Promise<void>
}

type Options = {
  readonly workspace: Workspace
  readonly vault: Vault
  readonly clock: Clock
  readonly witness: Witness
  readonly onError: (thrown: unknown) => void
  readonly onSigned?: (checkpoint: Checkpoint) => void
}

const settleMs = 1_000

export function createCheckpoints({
  workspace,
  vault,
  clock,
  witness,
  onError,
  onSigned = () => {},
}: Options): Checkpoints {
  const db = workspace.withTables<AuditTables>()
  const key = createLogKey(workspace, vault, clock)
  const nodes = storedNodes(workspace)
  let doubts: readonly IntegrityProblem[] = []
  let timer: NodeJS.Timeout | undefined
  let held = false
  let turn: Promise<unknown> = Promise.resolve()

  const newest = async (): Promise<Checkpoint | null> => {
    const row = await db.selectFrom('audit_checkpoint').selectAll().orderBy('size', 'desc').limit(1).executeTakeFirst()
    return row ? fromRow(row) : null
  }

  /** A log that contradicts what the witness saw is not signed: the signature would say that all is well. */
  const contradiction = async (size: number, logId: string): Promise<IntegrityProblem | null> => {
    const seen = parseNote(witness.read()?.notes.at(-1) ?? '')
    if (!seen) return null
    if (seen.origin !== originOf(logId)) return anotherLog(seen.origin)
    if (seen.size > size) return cut(size, seen)
    const root = await rootOf(nodes, seen.size).catch(() => null)
    if (root === seen.root) return null
    const ours = await at(seen.size)
    return ours && ours.root !== seen.root ? rewritten(seen) : changed(seen)
  }

  const at = async (size: number): Promise<Checkpoint | null> => {
    const row = await db.selectFrom('audit_checkpoint').selectAll().where('size', '=', size).executeTakeFirst()
    return row ? fromRow(row) : null
  }

  const signNow = async (): Promise<Checkpoint | null> => {
    const head = await readHead(workspace)
    if (!head || head.size === 0) return null
    const problem = await contradiction(head.size, head.logId)
    doubts = problem ? [problem] : []
    const last = await newest()
    if (problem || (last && last.size >= head.size)) return last
    const name = originOf(head.logId)
    const privateKey = await key.open(name)
    if (!privateKey) return last
    const now = iso(clock.now())
    const note = signHead({ origin: name, size: head.size, root: head.root, at: now }, name, privateKey)
    const signer = noteKey(name, privateKey)
    const row = { size: head.size, root: head.root, at: now, key_id: signer.id, note }
    await db
      .insertInto('audit_checkpoint')
      .values(row)
      .onConflict((conflict) => conflict.column('size').doNothing())
      .execute()
    witness.add(note, signer)
    const checkpoint = fromRow(row)
    onSigned(checkpoint)
    return checkpoint
  }

  const sign = (): Promise<Checkpoint | null> => {
    const signed = turn.then(held ? newest : signNow)
    turn = signed.catch(() => {})
    return signed
  }

  return {
    key,
    witness,
    doubts: () => doubts,
    sign,
    schedule() {
      timer ??= setTimeout(() => {
        timer = undefined
        sign().catch(onError)
      }, settleMs).unref()
    },
    async list(limit) {
      const rows = await db.selectFrom('audit_checkpoint').selectAll().orderBy('size', 'desc').limit(limit).execute()
      return rows.map(fromRow)
    },
    async covering(size) {
      const row = await db
        .selectFrom('audit_checkpoint')
        .selectAll()
        .where('size', '>=', size)
        .orderBy('size')
        .limit(1)
        .executeTakeFirst()
      return row ? fromRow(row) : null
    },
    at,
    async after(size, limit) {
      const newer = db.selectFrom('audit_checkpoint').selectAll().where('size', '>', size)
      return (await newer.orderBy('size').limit(limit).execute()).map(fromRow)
    },
    async countAfter(size) {
      const { newer } = await db
        .selectFrom('audit_checkpoint')
        .select((eb) => eb.fn.countAll<number>().as('newer'))
        .where('size', '>', size)
        .executeTakeFirstOrThrow()
      return Number(newer)
    },
    async hold() {
      const last = sign()
      held = true
      await last.catch(onError)
    },
    release() {
      held = false
    },
    async close() {
      clearTimeout(timer)
      await sign().catch(onError)
    },
  }
}

export const fromRow = (row: AuditTables['audit_checkpoint']): Checkpoint => ({
  size: Number(row.size),
  root: row.root,
  at: row.at,
  key: `${parseNote(row.note)?.signatures[0]?.name ?? ''}+${row.key_id}`,
  note: row.note,
})

type Remembered = { readonly size: number; readonly at: string }

export const anotherLog = (origin: string): IntegrityProblem => ({
  kind: 'fork',
  sequence: 1,
  reason: `This is not the log that was here: checkpoints of ${origin} were signed, and it is gone.`,
})

export const cut = (size: number, seen: Remembered): IntegrityProblem => ({
  kind: 'truncation',
  sequence: size + 1,
  reason: `The log ends at entry ${size}, but ${seen.size} entries were signed at ${seen.at}: its end was cut off, or an older copy was put in its place.`,
})

export const rewritten = (seen: Remembered, after = 0): IntegrityProblem => ({
  kind: 'fork',
  sequence: after + 1,
  reason: `The first ${seen.size} entries are not those that were signed at ${seen.at}: between entry ${after + 1} and ${seen.size} there is another past.`,
})

export const changed = (seen: Remembered, after = 0): IntegrityProblem => ({
  kind: 'edit',
  sequence: after + 1,
  reason: `An entry between ${after + 1} and ${seen.size} was changed after it was signed at ${seen.at}, and its hashes with it.`,
})
