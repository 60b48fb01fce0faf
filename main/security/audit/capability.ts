import type { Checkpoints } from '#main/kernel/audit/checkpoint.ts'
import type { WorkspaceLog } from '#main/kernel/audit/log.ts'
import { createEntries, type Entries } from '#main/kernel/audit/read.ts'
import type { AuditTables } from '#main/kernel/audit/tables.ts'
import { storedNodes } from '#main/kernel/audit/tree.ts'
import type { Clock } from '#main/kernel/clock.ts'
import type { Handlers } from '#main/kernel/service.ts'
import type { Settings } from '#main/kernel/settings/settings.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { audit } from '#preload/security/audit.ts'
import { auditHandlers, type DeliveryHandlers } from './handlers.ts'
import { type AskAnchors, createIntegrity, type IntegrityState } from './integrity.ts'
import { createRetention, type RetentionPolicy } from './retention.ts'
import { createSearch, type Search } from './search.ts'
import { createSearchIndex } from './search-index.ts'

type Options = {
  readonly workspace: Workspace
  readonly log: WorkspaceLog
  readonly checkpoints: Checkpoints
  readonly settings: Settings
  readonly clock: Clock
  /** What those say who remember checkpoints elsewhere. */
  readonly anchors?: AskAnchors
  /** Forgets what is known of a person elsewhere, after the log has. */
  readonly forget?: (identity: string) => Promise<void>
  /** The integrity of the log changed. */
  readonly onChange: () => void
  readonly onError: (thrown: unknown) => void
}

const nobodyElse: AskAnchors = async () => ({ problems: [], unreachable: [] })

/** The audit capability, put together. */
export type AuditCapability = {
  readonly entries: Entries
  readonly search: Search
  readonly integrity: IntegrityState
  readonly retention: RetentionPolicy
  readonly handlers: (
    appends: (signal: AbortSignal) => AsyncIterable<{ sequence: number }>,
    delivery: DeliveryHandlers,
  ) => Handlers<typeof audit>
  /** Something was appended, here or by another process of the workspace. */
  readonly catchUp: () => void
  readonly close: () => Promise<void>
}

export function createAudit({
  workspace,
  log,
  checkpoints,
  settings,
  clock,
  anchors = nobodyElse,
  forget = async () => {},
  onChange,
  onError,
}: Options): AuditCapability {
  const { subjects } = log
  const entries = createEntries(workspace, subjects)
  const index = createSearchIndex({ workspace, entries, subjects, onError })
  const search = createSearch(workspace, entries, subjects, index)
  const integrity = createIntegrity({ workspace, checkpoints, clock, anchors, onChange })
  const retention = createRetention({ workspace, settings, clock, subjects, search })
  const catchUp = (): void => {
    index.schedule()
    checkpoints.schedule()
  }
  const off = log.onAppend(catchUp)
  const db = workspace.withTables<AuditTables>()
  const leaf = async (sequence: number) => {
    const row = await db.selectFrom('audit_entry').selectAll().where('sequence', '=', sequence).executeTakeFirst()
    return row && { hash: row.leaf_hash, text: row.leaf }
  }
  return {
    entries,
    search,
    integrity,
    retention,
    catchUp,
    handlers: (appends, delivery) =>
      auditHandlers({
        search,
        subjects,
        integrity,
        checkpoints,
        retention,
        nodes: storedNodes(workspace),
        leaf,
        appends,
        delivery,
        forget,
      }),
    async close() {
      off()
      await index.close()
      await checkpoints.close()
      await log.close()
    },
  }
}
