import { inEnvironment, type ResourcesOf } from '#main/kernel/service.ts'
import type { connections } from '#preload/fleet/connections.ts'
import type { ConnectionStore } from './store.ts'

/** The environment of a connection, for the policies: where it is, and where a change would put it. */
export function connectionResources(store: Pick<ConnectionStore, 'find'>): ResourcesOf<typeof connections> {
  const present = async (id: string) => inEnvironment((await store.find(id))?.environment ?? null, id)
  return {
    get: async ({ id }) => [await present(id)],
    dependents: async ({ id }) => [await present(id)],
    create: ({ environment }) => [inEnvironment(environment)],
    update: async ({ id, environment }) => [await present(id), inEnvironment(environment, id)],
    setEnabled: async ({ id }) => [await present(id)],
    remove: async ({ id }) => [await present(id)],
  }
}
