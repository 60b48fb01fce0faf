import { AppError } from '#preload/contract/error.ts'
import type { Artifacts } from './artifacts.ts'
import type { Configurations } from './configurations.ts'
import type { Workload } from './engine.ts'
import type { RolloutStore, StoredPlacement } from './store.ts'

type Ports = {
  readonly store: Pick<RolloutStore, 'release'>
  readonly artifacts: Pick<Artifacts, 'folderOf'>
  readonly configurations: Pick<Configurations, 'open'>
}

/** Versions as they are to run. */
export function createWorkloads({ store, artifacts, configurations }: Ports) {
  const digestOf = async (service: string, version: string): Promise<string> => {
    const release = await store.release(service, version)
    if (!release) throw new AppError('not_found', `${service} ${version} is not known any more.`)
    return release.digest
  }
  return {
    folderOf: async (service: string, version: string): Promise<string> =>
      artifacts.folderOf(await digestOf(service, version)),

    /** @throws AppError `not_found`, or `locked` while the vault is. */
    async workload({ environment, service }: StoredPlacement, version: string): Promise<Workload> {
      const name = { environment, service, version }
      const digest = await digestOf(service, version)
      return { ...name, digest, folder: await artifacts.folderOf(digest), ...(await configurations.open(name)) }
    },
  }
}
