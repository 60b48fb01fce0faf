import type { Resource } from '#main/kernel/access/policy.ts'
import type { Handlers, ResourcesOf } from '#main/kernel/service.ts'
import type { GitSource, gitSources } from '#preload/deployment/git-sources.ts'
import type { GitSources } from './sources.ts'
import type { SourceName } from './store.ts'

const idOf = ({ environment, service }: SourceName): string => `${environment}/${service}`

/** What the audit log keeps: the settings, without what Git said and who wrote it. */
const audited = ({ environment, service, address, branch, path, key, user, automatic, hasToken }: GitSource) => ({
  ...{ environment, service, address, branch, path, key, user, automatic, hasToken },
})

export function gitSourceHandlers(sources: GitSources): Handlers<typeof gitSources> {
  return {
    list: () => sources.list(),
    async save(input, { record, signal }) {
      const { before, after } = await sources.save(input, signal)
      record({ targets: [idOf(after)], before: before && audited(before), after: audited(after) })
      return after
    },
    async remove(name, { record }) {
      const before = await sources.remove(name)
      record({ targets: [idOf(name)], before: audited(before), after: null })
      return { removed: true }
    },
    async read(name, { record, signal }) {
      const source = await sources.read(name, signal)
      record({ targets: [idOf(name)] })
      return source
    },
  }
}

/** The environment that an operation touches, for the policies. */
export function gitSourceResources(
  environment: (name: string | null) => Promise<Resource>,
): ResourcesOf<typeof gitSources> {
  const named = async (input: SourceName) => [await environment(input.environment)]
  return { save: named, remove: named, read: named }
}
