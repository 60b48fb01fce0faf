import type { Resource } from '#main/kernel/access/policy.ts'
import { inEnvironment, type ResourcesOf } from '#main/kernel/service.ts'
import type { environments } from '#preload/deployment/environments.ts'
import type { EnvironmentStore } from './store.ts'

/** An environment as policies see it: with the label `requiredApprovals`, once it exists. */
export async function environmentResource(store: Pick<EnvironmentStore, 'find'>, name: string): Promise<Resource> {
  const stored = await store.find(name)
  const resource = inEnvironment(name, stored?.id ?? null)
  return stored ? { ...resource, labels: { requiredApprovals: String(stored.requiredApprovals) } } : resource
}

/** What each operation touches: the environment as it is now, so that a change cannot lower what it asks for itself. */
export function environmentResources(store: Pick<EnvironmentStore, 'find'>): ResourcesOf<typeof environments> {
  const named = async ({ name }: { readonly name: string }) => [await environmentResource(store, name)]
  const both = async (one: string, other: string) => [
    await environmentResource(store, one),
    await environmentResource(store, other),
  ]
  return {
    get: named,
    diff: ({ left, right }) => both(left, right),
    create: named,
    update: named,
    move: named,
    clone: ({ from, name }) => both(from, name),
    lock: named,
    unlock: named,
    setSecret: named,
    removeSecret: named,
    setSshKey: named,
    removeSshKey: named,
    remove: named,
  }
}
