import { CompiledQuery } from 'kysely'
import type { Checkpoint, IntegrityProblem } from '#preload/security/audit-integrity.ts'
import type { Workspace } from '../store/workspace.ts'
import { type ChainPosition, chainStart, checkNext } from './chain.ts'
import { anotherLog, changed, cut, fromRow, rewritten } from './checkpoint.ts'
import { type LegacyEntry, parseLeaf, sequenceIn } from './entry.ts'
import { growingTree, leafHash, type TreeNode } from './merkle.ts'
import { type NoteKey, noteKeyOf, originOf, parseNote, type SignedHead, signerOf } from './note.ts'
import type { AuditTables } from './tables.ts'
import { readHead } from './tree.ts'
import type { Seen } from './witness.ts'

/** How far a verification is, and what it found so far. */
export type Findings = {
  readonly size: number
  readonly checked: number
  /** The newest checkpoint that holds; once everything was looked at. */
  readonly checkpoint: Checkpoint | null
  readonly problems: readonly IntegrityProblem[]
  readonly done: boolean
}

/** Entries read at once: some milliseconds of work between two turns of the event loop. */
const batch = 1_000
/** A signature takes a tenth of a millisecond to check. */
const signaturesAtOnce = 50
const mostProblems = 100

type Row = { readonly sequence: number; readonly leaf_hash: string; readonly leaf: string | null }

/**
 * Recomputes the whole tree from the text of its entries and holds it against the hashes beside them, the stored nodes,
 * every signed checkpoint, what the witness remembers, and the chain of the first format. Reads in one direction at
 * constant memory.
 */
export async function* verifyLog(
  workspace: Workspace,
  seen: Seen | null,
  signal: AbortSignal,
): AsyncGenerator<Findings> {
  const signed = await readSigned(workspace, originOf((await readHead(workspace))?.logId ?? ''), seen)
  const head = await readHead(workspace) // after what was signed: another process may be writing and signing meanwhile
  const size = head?.size ?? 0
  const check = checker(signed.heads)
  const findings = (checked: number, done: boolean): Findings => ({
    size,
    checked,
    checkpoint: done ? check.holds() : null,
    problems: [...signed.problems, ...check.problems()].slice(0, mostProblems),
    done,
  })
  for await (const rows of readRows(workspace, size)) {
    signal.throwIfAborted()
    for (const row of rows) check.entry(row)
    check.nodes(await storedNodesOf(workspace, check.takeNodes()))
    yield findings(rows.at(-1)?.sequence ?? 0, false)
    await new Promise((resolve) => setImmediate(resolve))
  }
  check.end(size, head?.root ?? null)
  yield findings(size, true)
}

async function* readRows(workspace: Workspace, size: number): AsyncGenerator<readonly Row[]> {
  for (let after = 0; ; ) {
    const { rows } = await workspace.executeQuery(
      CompiledQuery.raw(
        `select sequence, leaf_hash, leaf from audit_entry where sequence > ${after} and sequence <= ${size}
         order by sequence limit ${batch}`,
      ) as CompiledQuery<Row>,
    )
    if (rows.length === 0) return
    yield rows
    after = rows.at(-1)?.sequence ?? after
  }
}

/** What is stored in the place of these nodes. */
async function storedNodesOf(workspace: Workspace, nodes: readonly TreeNode[]): Promise<readonly [TreeNode, string][]> {
  const db = workspace.withTables<AuditTables>()
  const pairs: [TreeNode, string][] = []
  for (const level of new Set(nodes.map((node) => node.level))) {
    const wanted = nodes.filter((node) => node.level === level)
    const rows = await db
      .selectFrom('audit_node')
      .select(['position', 'hash'])
      .where('level', '=', level)
      .where('position', '>=', wanted[0]?.index ?? 0)
      .where('position', '<=', wanted.at(-1)?.index ?? 0)
      .execute()
    const stored = new Map(rows.map(({ position, hash }) => [Number(position), hash]))
    for (const node of wanted) pairs.push([node, stored.get(node.index) ?? ''])
  }
  return pairs
}

/** A head that somebody signed, and where we have it from. */
type Known = SignedHead & { readonly row: Checkpoint | null }

/** Every signed head there is, by size, with what is wrong with their signatures. */
async function readSigned(
  workspace: Workspace,
  origin: string,
  seen: Seen | null,
): Promise<{ readonly heads: readonly Known[]; readonly problems: readonly IntegrityProblem[] }> {
  const db = workspace.withTables<AuditTables>()
  const stored = (await db.selectFrom('audit_checkpoint').selectAll().orderBy('size').execute()).map(fromRow)
  const rows = await db.selectFrom('audit_key').selectAll().execute()
  const keys = rows.map(({ id, name, public_key }) => ({ id, name, publicKey: public_key }))
  const problems: IntegrityProblem[] = []
  const trusted = believed(keys, seen, problems)
  const heads: Known[] = []
  for (const [n, row] of stored.entries()) {
    if (n % signaturesAtOnce === 0) await new Promise((resolve) => setImmediate(resolve))
    const head = parseNote(row.note)
    if (head && signerOf(head, trusted) && head.size === row.size && head.root === row.root && head.origin === origin)
      heads.push({ ...head, row })
    else if (head && !head.signatures.some(({ id }) => trusted.some((key) => key.id === id)))
      problems.push(problem('key', `The checkpoint over ${row.size} entries is signed by a key that is not the log's.`))
    else
      problems.push(problem('signature', `The checkpoint over ${row.size} entries does not bear the log's signature.`))
  }
  for (const note of seen?.notes ?? []) {
    const head = parseNote(note)
    if (!head || !signerOf(head, [...trusted, ...(seen ? [seen.key] : [])]))
      problems.push(problem('signature', 'A remembered checkpoint does not bear the signature of the log.'))
    else heads.push({ ...head, row: null })
  }
  const other = heads.find((head) => head.origin !== origin)
  if (other) problems.push(anotherLog(other.origin))
  return { heads: heads.filter((head) => head.origin === origin).sort((a, b) => a.size - b.size), problems }
}

/** The keys whose signature counts: those in the workspace, unless the witness remembers another. */
function believed(keys: readonly NoteKey[], seen: Seen | null, problems: IntegrityProblem[]): readonly NoteKey[] {
  const sound = keys.filter((key) => noteKeyOf(key.name, Buffer.from(key.publicKey, 'base64')).id === key.id)
  if (sound.length < keys.length)
    problems.push(problem('key', 'A public key of the log is not the one its name tells.'))
  if (!seen) return sound
  const same = sound.filter(({ id, publicKey }) => id === seen.key.id && publicKey === seen.key.publicKey)
  if (keys.length > 0 && same.length === 0)
    problems.push(problem('key', 'The key of the log was exchanged: another one signed here before.'))
  return same
}

const problem = (kind: IntegrityProblem['kind'], reason: string): IntegrityProblem => ({ kind, sequence: null, reason })

/** Holds entries against each other and against signed heads, in one direction. */
function checker(heads: readonly Known[]) {
  const tree = growingTree()
  const found: IntegrityProblem[] = []
  let expected = 1
  let chain: ChainPosition | null = chainStart
  let waiting = 0
  let nodes: TreeNode[] = []
  let roots: [root: string, here: readonly Known[]][] = []
  let holding: Checkpoint | null = null
  let good = 0
  /** After a hole, or once a signed head did not hold, no later root can: they say nothing more. */
  let rootsTell = true
  const add = (kind: IntegrityProblem['kind'], sequence: number, reason: string): void => {
    if (found.length < mostProblems) found.push({ kind, sequence, reason })
  }

  /** The chain of the first format; ends where its entries end. */
  const checkChain = (sequence: number, leaf: string | null): void => {
    if (!chain) return
    if (leaf === null) chain = { sequence, hash: null }
    else if (!leaf.startsWith('{"actor":')) chain = null
    else {
      const next = checkNext({ ...chain, sequence: sequence - 1 }, parseLeaf(leaf) as LegacyEntry)
      if ('kind' in next) add(next.kind, sequence, next.reason)
      chain = 'kind' in next ? { sequence, hash: null } : next
    }
  }

  const checkText = ({ sequence, leaf, leaf_hash }: Row): boolean => {
    if (leaf === null) return true
    const says = sequenceIn(leaf)
    if (says !== sequence && leafHash(leaf) === leaf_hash) {
      add('reorder', sequence, `Where entry ${sequence} must be stands what was written as entry ${says}.`)
      return false
    }
    if (leafHash(leaf) === leaf_hash) return true
    add('edit', sequence, `Entry ${sequence} was changed after it was written.`)
    return false
  }

  /** Notes what the root is where one was signed; compared once the nodes below it were. */
  const noteRoot = (): void => {
    while ((heads[waiting]?.size ?? Number.MAX_SAFE_INTEGER) < tree.size()) waiting++
    const here: Known[] = []
    for (let head = heads[waiting]; head?.size === tree.size(); head = heads[++waiting]) here.push(head)
    if (here.length === 0) return
    roots.push([tree.root(), here])
  }

  const checkRoots = (): void => {
    for (const [root, here] of roots) {
      const other = here.find((head) => head.root !== root)
      if (!rootsTell) break
      if (!other) {
        holding = here.find(({ row }) => row)?.row ?? holding
        good = here[0]?.size ?? good
        continue
      }
      const both = here.some((head) => head.root === root)
      if (found.length === 0) found.push(both ? rewritten(other, good) : changed(other, good))
      rootsTell = false
    }
    roots = []
  }

  return {
    problems: () => found,
    holds: () => holding,
    entry(row: Row): void {
      const { sequence } = row
      if (sequence > expected) {
        add('gap', expected, missing(expected, sequence))
        rootsTell = false
        chain = chain && { sequence: sequence - 1, hash: null }
      }
      expected = sequence + 1
      if (checkText(row)) checkChain(sequence, row.leaf)
      else chain = chain && { sequence, hash: null }
      if (!rootsTell) return
      tree.append(row.leaf_hash, (node) => nodes.push(node))
      noteRoot()
    },
    takeNodes(): readonly TreeNode[] {
      const taken = nodes
      nodes = []
      return taken
    },
    nodes(pairs: readonly [TreeNode, string][]): void {
      for (const [{ level, index, hash }, stored] of pairs) {
        if (hash === stored || found.length > 0) continue
        const first = index * 2 ** level + 1
        add(
          'edit',
          first,
          `The hash over entries ${first} to ${first - 1 + 2 ** level} is not the one that was stored.`,
        )
      }
      checkRoots()
    },
    end(size: number, root: string | null): void {
      if (expected <= size)
        add('truncation', expected, `The log ends at entry ${expected - 1}, and ${size} were written.`)
      const last = heads.at(-1)
      if (last && last.size > size) found.push(cut(size, last))
      else if (found.length === 0 && rootsTell && root !== null && root !== tree.root())
        add('edit', size, 'The tree that new entries are added to is not the one that the entries make.')
    },
  }
}

const missing = (from: number, next: number): string =>
  next - from === 1 ? `Entry ${from} is missing.` : `Entries ${from} to ${next - 1} are missing.`
