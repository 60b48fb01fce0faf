import { createHash } from 'node:crypto'
import { canonical } from '#main/kernel/audit/canonical.ts'
import type { Checkpoints } from '#main/kernel/audit/checkpoint.ts'
import { originOf, parseNote, verifierKey } from '#main/kernel/audit/note.ts'
import { consistencyPath, outsideNodes, type ReadNodes } from '#main/kernel/audit/proof.ts'
import { type Entries, type EntryRow, readLeaf } from '#main/kernel/audit/read.ts'
import type { Subjects } from '#main/kernel/audit/subject.ts'
import { AppError } from '#preload/contract/error.ts'
import type { AuditFilter } from '#preload/security/audit.ts'
import type { Checkpoint } from '#preload/security/audit-integrity.ts'
import type { Search } from './search.ts'

/** One file of an evidence package, its bytes made as they are asked for. */
export type EvidenceFile = { readonly name: string; readonly chunks: AsyncIterable<Uint8Array> }

export type EvidencePorts = {
  readonly search: Search
  readonly entries: Entries
  readonly subjects: Subjects
  readonly checkpoints: Checkpoints
  readonly nodes: ReadNodes
  /** Version of the application. */
  readonly version: string
  /** What was given by those who anchor checkpoints, by file name below `anchors/`. */
  readonly anchors?: () => AsyncIterable<EvidenceFile>
  /** Public keys of the devices that approvals are signed with. */
  readonly deviceKeys?: () => Promise<readonly unknown[]>
}

type Run = [first: number, last: number]
type Listed = { readonly name: string; readonly size: number; readonly sha256: string }

const chunkBytes = 64 * 1024
const checkpointsGiven = 50

/**
 * The files of an evidence package, as resources/tooling/framework0-verify.mjs describes and checks it, over what is
 * signed now. The same log, filter and keys give the same bytes. Each file must be read to its end before the next is
 * asked for: the manifest comes last and names them all.
 *
 * @throws AppError `locked` when nothing is signed yet.
 */
export async function* evidenceFiles(ports: EvidencePorts, filter: AuditFilter): AsyncGenerator<EvidenceFile> {
  const checkpoint = await ports.checkpoints.sign()
  if (!checkpoint)
    throw new AppError('locked', 'Nothing can be proven yet: no checkpoint of the audit log was ever signed.', {
      hint: 'Create or unlock the vault; it holds the key of the log.',
    })
  const runs: Run[] = []
  const listed: Listed[] = []
  const counts = { entries: 0, pruned: 0 }
  const file = (name: string, lines: AsyncIterable<string>): EvidenceFile => ({
    name,
    chunks: recorded(name, bytesOf(lines), listed),
  })

  yield file('entries.jsonl', entryLines(ports, filter, checkpoint.size, runs, counts))
  yield file('proof.jsonl', proofLines(ports, checkpoint.size, runs))
  const given = (await ports.checkpoints.list(checkpointsGiven)).filter(({ size }) => size <= checkpoint.size)
  for (const { size, note } of given) yield file(`checkpoints/${size}.txt`, lines(note))
  yield file('consistency.jsonl', consistencyLines(ports, given, checkpoint))
  yield file('keys.json', keyLines(ports))
  yield file('personal.jsonl', personalLines(ports, runs))
  if (ports.anchors)
    for await (const { name, chunks } of ports.anchors())
      yield { name: `anchors/${name}`, chunks: recorded(`anchors/${name}`, chunks, listed) }
  yield {
    name: 'manifest.json',
    chunks: bytesOf(lines(canonical(manifest(ports.version, filter, checkpoint, runs, counts, listed)))),
  }
}

function manifest(
  version: string,
  filter: AuditFilter,
  checkpoint: Checkpoint,
  runs: readonly Run[],
  counts: { readonly entries: number; readonly pruned: number },
  files: readonly Listed[],
) {
  const [first, last] = [runs[0]?.[0] ?? null, runs.at(-1)?.[1] ?? null]
  const whole = runs.length === 1 && first === 1 && last === checkpoint.size
  return {
    format: 'framework0-evidence',
    v: 1,
    tool: `framework0 ${version}`,
    log: parseNote(checkpoint.note)?.origin ?? originOf(''),
    filter,
    selection: whole ? 'complete' : runs.length === 1 ? 'range' : 'selection',
    first,
    last,
    ...counts,
    checkpoint: { size: checkpoint.size, root: checkpoint.root, at: checkpoint.at },
    files,
  }
}

/** Entries as they were logged, one a line; of a pruned one what is left. Notes which they are. */
async function* entryLines(
  { search, entries }: EvidencePorts,
  filter: AuditFilter,
  size: number,
  runs: Run[],
  counts: { entries: number; pruned: number },
): AsyncGenerator<string> {
  for await (const batch of search.follow(filter)) {
    for (const { sequence, leaf, leaf_hash } of await entries.stored(batch.filter((sequence) => sequence <= size))) {
      const last = runs.at(-1)
      if (last && last[1] === sequence - 1) last[1] = sequence
      else runs.push([sequence, sequence])
      counts.entries++
      if (leaf === null) counts.pruned++
      yield leaf ?? canonical({ sequence, leafHash: leaf_hash, pruned: true })
    }
    if ((batch.at(-1) ?? 0) >= size) return
  }
}

async function* proofLines({ nodes }: EvidencePorts, size: number, runs: readonly Run[]): AsyncGenerator<string> {
  const chosen = runs.map(([first, last]) => [first - 1, last - 1] as const)
  for await (const node of outsideNodes(nodes, size, chosen)) yield canonical(node)
}

async function* consistencyLines(
  { nodes }: EvidencePorts,
  given: readonly Checkpoint[],
  newest: Checkpoint,
): AsyncGenerator<string> {
  for (const { size } of given)
    if (size < newest.size)
      yield canonical({ from: size, to: newest.size, path: await consistencyPath(nodes, size, newest.size) })
}

async function* keyLines({ checkpoints, deviceKeys }: EvidencePorts): AsyncGenerator<string> {
  const log = (await checkpoints.key.all()).map(verifierKey)
  yield canonical({ log, devices: (await deviceKeys?.()) ?? [] })
}

/** Who the pseudonyms are, as far as they are not erased. Each envelope once. */
async function* personalLines({ entries, subjects }: EvidencePorts, runs: readonly Run[]): AsyncGenerator<string> {
  const open = await subjects.opener()
  const told = new Set<string>()
  for (const [first, last] of runs)
    for await (const rows of entries.rows(first - 1, last))
      for (const sealed of rows.flatMap(sealedIn)) {
        if (told.has(sealed.sealed)) continue
        told.add(sealed.sealed)
        const personal = open(sealed)
        if (personal) yield canonical({ ...sealed, ...personal })
      }
}

function sealedIn({ leaf }: EntryRow): { subject: string; sealed: string }[] {
  const entry = leaf === null ? null : readLeaf(leaf)
  return entry?.v === 2 && entry.sealed !== null ? [{ subject: entry.subject, sealed: entry.sealed }] : []
}

async function* lines(text: string): AsyncGenerator<string> {
  yield text.replace(/\n$/, '')
}

/** Lines as UTF-8, many in a chunk. */
async function* bytesOf(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let waiting = ''
  for await (const text of texts) {
    waiting += `${text}\n`
    if (waiting.length < chunkBytes) continue
    yield Buffer.from(waiting)
    waiting = ''
  }
  if (waiting) yield Buffer.from(waiting)
}

async function* recorded(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  listed: Listed[],
): AsyncGenerator<Uint8Array> {
  const digest = createHash('sha256')
  let size = 0
  for await (const chunk of chunks) {
    digest.update(chunk)
    size += chunk.length
    yield chunk
  }
  listed.push({ name, size, sha256: digest.digest('hex') })
}
