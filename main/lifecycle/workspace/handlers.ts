import type { Handlers } from '#main/kernel/service.ts'
import type { WorkspaceChange, workspace } from '#preload/lifecycle/workspace.ts'
import type { Elsewhere, WorkspaceService } from './service.ts'

type Ports = {
  readonly service: WorkspaceService
  readonly changes: (signal: AbortSignal) => AsyncIterable<WorkspaceChange>
}

/** What the audit log says of a place: no secret, and no certificates to scroll past. */
function audited(to: Elsewhere): unknown {
  if (to === 'local') return to
  const { host, port, database, schema, user, tls } = to
  return { host, port, database, schema, user, tls: tls.mode }
}

export function workspaceHandlers({ service, changes }: Ports): Handlers<typeof workspace> {
  return {
    status: () => service.status(),
    test: ({ settings }, { signal }) => service.test(settings, signal),
    watch: (_, { signal }) => changes(signal),

    async move({ to, passphrase }, { signal, record }) {
      const before = await service.status()
      const moved = await service.move(to, passphrase, signal)
      const { auditRoot } = moved
      const rows = moved.tables.reduce((sum, table) => sum + table.rows, 0)
      record({ targets: ['workspace'], before, after: { to: audited(to), rows, auditRoot } })
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
