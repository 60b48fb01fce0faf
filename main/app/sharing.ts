import { z } from 'zod'
import type { Appended } from '#main/kernel/audit/log.ts'
import { readHead } from '#main/kernel/audit/tree.ts'
import type { Log } from '#main/kernel/log/log.ts'
import { resync } from '#main/kernel/store/notices.ts'
import type { OpenWorkspace, Workspace } from '#main/kernel/store/workspace.ts'

type Shared = Pick<OpenWorkspace, 'dialect' | 'notify' | 'onNotify'>

type Ports = {
  readonly workspace: Shared
  readonly log: Log
  /** What to read again when another process changed something of this capability; by its wire name. */
  readonly reread: Readonly<Record<string, () => Promise<void> | void>>
  /** The audit log has grown by the entry of another process. */
  readonly onAppended: (sequence: number) => void
}

const topic = 'command'
const told = z.object({ capability: z.string().nullable(), sequence: z.number().int() })

/**
 * Keeps the processes of a team workspace up to date with each other: each tells of the commands it carried out, and
 * reads again what others changed; everything, after the connection was away. @returns what to call with each audit entry.
 */
export function shareChanges({ workspace, log, reread, onAppended }: Ports): (entry: Appended) => void {
  if (workspace.dialect === 'sqlite') return () => {} // nobody else has it open
  const turns = new Map<string, Promise<void>>()
  const waiting = new Set<string>()
  /** One at a time, and one more for all that was told meanwhile: others may change a lot at once. */
  const run = (capability: string): void => {
    if (waiting.has(capability)) return
    waiting.add(capability)
    const turn = (turns.get(capability) ?? Promise.resolve()).then(async () => {
      waiting.delete(capability)
      await reread[capability]?.()
    })
    turns.set(
      capability,
      turn.catch((error: unknown) => log.error('change of another process not read', { capability, error })),
    )
  }
  workspace.onNotify((notice) => {
    if (notice.topic === resync) return Object.keys(reread).forEach(run)
    const { data } = told.safeParse(notice.payload)
    if (notice.topic !== topic || notice.own || !data) return
    onAppended(data.sequence)
    if (data.capability) run(data.capability)
  })
  return ({ operation, outcome, sequence }) => {
    const capability = outcome === 'succeeded' ? operation.split('.')[0] : null
    workspace
      .notify(topic, { capability, sequence })
      .catch((error: unknown) => log.warn('others not told of a change', { error }))
  }
}

/** The root of the audit log's tree, which says everything in it; empty before the first entry. */
export const auditRoot = async (workspace: Workspace): Promise<string> => (await readHead(workspace))?.root ?? ''
