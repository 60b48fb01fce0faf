import { AppError } from '#preload/contract/error.ts'
import type { IntegrityProblem } from '#preload/security/audit-integrity.ts'
import type { Checkpoints } from './place.ts'

/** What a checkpoint says, without its signatures. */
export type CheckpointBody = { readonly size: number; readonly root: string; readonly text: string }

/** A note of a checkpoint (C2SP tlog-checkpoint: origin, size, base64 root, each on its line); null if it is none. */
export function parseNote(note: string): CheckpointBody | null {
  const end = note.indexOf('\n\n')
  if (end < 0) return null
  const text = note.slice(0, end + 1)
  const [origin, size, root] = text.split('\n')
  if (!origin || !root || size === undefined || !/^(0|[1-9]\d{0,15})$/.test(size)) return null
  const hash = Buffer.from(root, 'base64')
  return hash.length === 32 ? { size: Number(size), root: hash.toString('hex'), text } : null
}

/** The body of one of our own checkpoints. */
export function bodyOf(note: string): CheckpointBody {
  const body = parseNote(note)
  if (body !== null) return body
  throw new AppError('internal', 'A checkpoint of this log is not in the form of a checkpoint.')
}

/** What a note that `place` remembers proves against the log; null if they agree. `where` names it in the sentence. */
export async function contradiction(
  note: string,
  where: string,
  checkpoints: Checkpoints,
): Promise<IntegrityProblem | null> {
  const body = parseNote(note)
  if (body === null || !(await checkpoints.isOurs(note)))
    return {
      kind: 'signature',
      sequence: null,
      reason: `${where} is not a checkpoint signed by this log: it was changed there.`,
    }
  const root = await checkpoints.rootAt(body.size)
  if (root === null)
    return {
      kind: 'truncation',
      sequence: null,
      reason: `${where} vouches for ${body.size} entries, and the log has fewer: its end was cut off, or an older copy was restored.`,
    }
  if (root === body.root) return null
  const reason = `${where} vouches for other entries among the first ${body.size} than the log has: its history was rewritten.`
  return { kind: 'fork', sequence: null, reason }
}
