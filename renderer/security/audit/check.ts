import type { AuditEntry } from '#preload/security/audit.ts'
import type { Checkpoint } from '#preload/security/audit-integrity.ts'
import { formatNumber } from '#renderer/ui/format.ts'
import { isConsistent, leafHashOf, rootOfInclusion } from './merkle.ts'

/** One thing recomputed in this window. `not-checked` says why it could not be. */
export type CheckLine =
  | { readonly kind: 'holds'; readonly text: string }
  | { readonly kind: 'fails'; readonly text: string }
  | { readonly kind: 'not-checked'; readonly text: string }

export type Checked = { readonly lines: readonly CheckLine[]; readonly holds: boolean; readonly ms: number }

type Proof = {
  readonly sequence: number
  readonly leafHash: string
  readonly leaf: string | null
  readonly path: readonly string[]
  readonly checkpoint: Checkpoint
}

const line = (holds: boolean, yes: string, no: string): CheckLine =>
  holds ? { kind: 'holds', text: yes } : { kind: 'fails', text: no }

const base64Of = (hex: string): string =>
  btoa(String.fromCharCode(...(hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))))

/** Whether a signed note says this size and this root: its second and third line (C2SP tlog-checkpoint). */
export function noteSays({ note, size, root }: Checkpoint): boolean {
  const [, noteSize, noteRoot] = note.split('\n')
  return noteSize === String(size) && noteRoot === base64Of(root)
}

const noteLine = (checkpoint: Checkpoint): CheckLine =>
  line(
    noteSays(checkpoint),
    `The signed note of checkpoint ${formatNumber(checkpoint.size, 0)} says this size and this root.`,
    `The signed note of checkpoint ${formatNumber(checkpoint.size, 0)} says something else than its size and root.`,
  )

const measured = async (check: () => Promise<readonly CheckLine[]>): Promise<Checked> => {
  const from = performance.now()
  const lines = await check()
  return { lines, holds: lines.every(({ kind }) => kind !== 'fails'), ms: performance.now() - from }
}

async function leafLine({ leaf, leafHash }: Proof, shown: AuditEntry): Promise<CheckLine> {
  if (leafHash !== shown.leafHash)
    return { kind: 'fails', text: 'The proof is about another leaf hash than the one this entry shows.' }
  if (leaf === null)
    return { kind: 'not-checked', text: 'Retention removed the content; its leaf hash is taken as it stands.' }
  return line(
    (await leafHashOf(leaf)) === leafHash,
    'The content hashes to the leaf hash.',
    'The content does not hash to the leaf hash: it was changed after it was written.',
  )
}

/** What an entry says beside the name, address and session, which are in its sealed envelope. */
const said = [
  'sequence',
  'at',
  'subject',
  'via',
  'operation',
  'environments',
  'targets',
  'before',
  'after',
  'outcome',
  'error',
  'correlationId',
  'policies',
  'approval',
] as const

/** JSON with the members of every object in one order, to compare by. */
const ordered = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )

/** What is shown otherwise than it was hashed; null for content that is no JSON object. Members of older forms may be missing. */
function differing(leaf: string, shown: AuditEntry): readonly string[] | null {
  try {
    const content: unknown = JSON.parse(leaf)
    if (typeof content !== 'object' || content === null) return null
    const members = new Map(Object.entries(content))
    return said.filter((name) => members.has(name) && ordered(members.get(name)) !== ordered(shown[name]))
  } catch {
    return null
  }
}

function shownLine({ leaf }: Proof, shown: AuditEntry): readonly CheckLine[] {
  if (leaf === null) return []
  const names = differing(leaf, shown)
  if (names === null) return [{ kind: 'fails', text: 'The content cannot be read.' }]
  return [
    line(
      names.length === 0,
      'What is shown above is what the content says.',
      `What is shown above is not what the content says: ${names.join(', ')}.`,
    ),
  ]
}

/** Recomputes everything of an inclusion proof that can be without the log: what is shown, leaf, path, root and note. */
export const checkInclusion = (proof: Proof, shown: AuditEntry): Promise<Checked> =>
  measured(async () => {
    const { sequence, leafHash, path, checkpoint } = proof
    const root = await rootOfInclusion({ leafHash, index: sequence - 1, size: checkpoint.size, path })
    return [
      ...shownLine(proof, shown),
      await leafLine(proof, shown),
      line(
        root === checkpoint.root,
        `The path leads to the root of checkpoint ${formatNumber(checkpoint.size, 0)}.`,
        `The path does not lead to the root of checkpoint ${formatNumber(checkpoint.size, 0)}.`,
      ),
      noteLine(checkpoint),
    ]
  })

type Between = { readonly from: Checkpoint; readonly to: Checkpoint; readonly path: readonly string[] }

/** Recomputes that the older checkpoint is a beginning of the newer one. */
export const checkConsistency = (proof: Between): Promise<Checked> =>
  measured(async () => [
    line(
      await isConsistent(proof),
      `Checkpoint ${formatNumber(proof.to.size, 0)} has every entry of checkpoint ${formatNumber(proof.from.size, 0)}, unchanged and in the same order.`,
      `Checkpoint ${formatNumber(proof.to.size, 0)} does not continue checkpoint ${formatNumber(proof.from.size, 0)}.`,
    ),
    noteLine(proof.from),
    noteLine(proof.to),
  ])
