import type { Handlers } from '#main/kernel/service.ts'
import type { connections } from '#preload/fleet/connections.ts'
import type { ConnectionService } from './service.ts'
import type { StoredConnection } from './store.ts'

type Ports = {
  readonly service: ConnectionService
  readonly changes: (signal: AbortSignal) => AsyncIterable<{ revision: number }>
}

/** What the audit log says of a connection: settings, no state, and no certificates to scroll past. */
const audited = ({ id, kind, name, url, environment, enabled, auth }: StoredConnection) => ({
  id,
  kind,
  name,
  url,
  environment,
  enabled,
  auth,
})

export function connectionHandlers({ service, changes }: Ports): Handlers<typeof connections> {
  return {
    list: () => service.list(),
    get: ({ id }) => service.get(id),
    dependents: ({ id }) => service.dependents(id),
    test: ({ id, draft }, { signal }) => service.test(id, draft, signal),
    watch: (_, { signal }) => changes(signal),

    async create(input, { record }) {
      const created = await service.create(input)
      record({ targets: [created.id], after: audited(created) })
      return created
    },
    async update({ id, revision, ...input }, { record }) {
      const { before, after } = await service.update(id, revision, input)
      record({ targets: [id], before: audited(before), after: audited(after) })
      return after
    },
    async setEnabled({ id, enabled }, { record }) {
      const { before, after } = await service.setEnabled(id, enabled)
      record({ targets: [id], before: audited(before), after: audited(after) })
      return after
    },
    async remove({ id }, { record }) {
      const before = await service.remove(id)
      record({ targets: [id], before: audited(before), after: null })
      return { removed: true }
    },
  }
}
