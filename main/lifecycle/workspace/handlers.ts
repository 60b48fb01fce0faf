import type { ChangeRecord } from '#main/kernel/audit/log.ts'
import type { Context, Handlers } from '#main/kernel/service.ts'
import type { MoveResult } from '#main/kernel/store/move.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { WorkspaceChange, workspace } from '#preload/lifecycle/workspace.ts'
import type { Elsewhere, WorkspaceService } from './service.ts'

/** Who moved the workspace, and what the audit log is to say of it. */
export type MoveRecord = Pick<Context, 'caller' | 'correlationId'> & { readonly change: ChangeRecord }

type Ports = {
  readonly service: WorkspaceService
  readonly changes: (signal: AbortSignal) => AsyncIterable<WorkspaceChange>
  /** Writes into the audit log of the new place that the workspace came there; here it still seems to be under way. */
  readonly recordThere: (target: Workspace, record: MoveRecord) => Promise<void>
}

/** What the audit log says of a place: no secret, and no certificates to scroll past. */
function audited(to: Elsewhere): unknown {
  if (to === 'local') return to
  const { host, port, database, schema, user, tls } = to
  return { host, port, database, schema, user, tls: tls.mode }
}

export function workspaceHandlers({ service, changes, recordThere }: Ports): Handlers<typeof workspace> {
  return {
    status: () => service.status(),
    test: ({ settings }, { signal }) => service.test(settings, signal),
    watch: (_, { signal }) => changes(signal),

    async move({ to, passphrase }, { signal, record, caller, correlationId }) {
      const before = await service.status()
      const changeOf = ({ tables, auditRoot }: MoveResult): ChangeRecord => {
        const rows = tables.reduce((sum, table) => sum + table.rows, 0)
        return { targets: ['workspace'], before, after: { to: audited(to), rows, auditRoot } }
      }
      const moved = await service.move(to, passphrase, signal, (target, result) =>
        recordThere(target, { caller, correlationId, change: changeOf(result) }),
      )
      record(changeOf(moved))
      return moved
    },
    async use({ to }, { record }) {
      const before = await service.status()
      const chosen = await service.use(to)
      record({ targets: ['workspace'], before, after: { to: audited(to) } })
      return chosen
    },
  }
}
