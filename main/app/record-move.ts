import { createAuditLog } from '#main/kernel/audit/log.ts'
import { type Clock, iso } from '#main/kernel/clock.ts'
import type { workspaceHandlers } from '#main/lifecycle/workspace/handlers.ts'

type RecordThere = Parameters<typeof workspaceHandlers>[0]['recordThere']

/** Writes the entry of a move into the log of the workspace that was moved to. */
export const recordMove =
  (clock: Clock): RecordThere =>
  async (target, { caller, correlationId, change }) => {
    const log = createAuditLog(target, clock)
    const attempt = { caller, operation: 'workspace.move', input: null, correlationId }
    const known = { environments: [], policies: [], approval: null }
    await log.finish({ ...attempt, ...known, at: iso(clock.now()) }, { outcome: 'succeeded', changes: [change] })
    await log.close()
  }
