import { v7 as uuid } from 'uuid'
import { type Clock, iso } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import { type Release, versionName } from '#preload/deployment/rollouts.ts'
import type { Artifacts } from './artifacts.ts'
import type { RolloutStore, StoredService } from './store.ts'

type Ports = {
  readonly store: Pick<RolloutStore, 'service' | 'releases' | 'release' | 'insertRelease' | 'exclude'>
  readonly artifacts: Pick<Artifacts, 'add'>
  readonly clock: Clock
  readonly onChange: (change: { changed: 'services'; id: string | null }) => void
}

/** The versions of services, each of which never changes. */
export function createReleases({ store, artifacts, clock, onChange }: Ports) {
  const known = async (service: string): Promise<StoredService> => {
    const found = await store.service(service)
    if (found) return found
    throw new AppError('not_found', `There is no service ${service}.`, { at: 'service' })
  }
  return {
    releases: (service: string): Promise<Release[]> => store.releases(service),

    async addRelease(
      { service, version, folder, notes }: { service: string; version: string; folder: string; notes: string },
      by: string,
      abort: AbortSignal,
    ): Promise<Release> {
      const { id } = await known(service)
      if (await store.release(service, version))
        throw new AppError('conflict', `${service} has a version ${version} already.`, {
          hint: 'A version never changes; give the next one another name.',
          at: 'version',
        })
      const artifact = await artifacts.add(folder, abort)
      const release: Release = {
        ...{
          id: uuid(),
          service,
          version,
          ...artifact,
          notes,
          addedBy: by,
          createdAt: iso(clock.now()),
          excluded: null,
        },
      }
      await store.insertRelease(release)
      onChange({ changed: 'services', id })
      return release
    },

    /**
     * A version keeps the configuration that it was rolled out with. The same files under another name go the whole way of
     * a rollout, so that what was changed is judged as a new version is. What is excluded stays so.
     */
    async repeatRelease(service: string, version: string, by: string): Promise<Release> {
      const releases = await store.releases(service)
      const repeated = releases.find((each) => each.version === version)
      if (!repeated) throw new AppError('not_found', `${service} has no version ${version}.`)
      const names = new Set(releases.map((each) => each.version))
      const release: Release = {
        ...{ ...repeated, id: uuid(), version: nextBuild(version, names), addedBy: by },
        createdAt: iso(clock.now()),
      }
      await store.insertRelease(release)
      onChange({ changed: 'services', id: (await known(service)).id })
      return release
    },

    async exclude(service: string, version: string, reason: string | null, by: string): Promise<Release> {
      const release = await store.release(service, version)
      if (!release) throw new AppError('not_found', `${service} has no version ${version}.`)
      const excluded = reason === null ? null : { reason, by, at: iso(clock.now()) }
      await store.exclude(release.id, excluded)
      onChange({ changed: 'services', id: null })
      return { ...release, excluded }
    },
  }
}

/** The version with the next build number (SemVer, “Build metadata”): 1.4.0, 1.4.0+2, 1.4.0+3. */
function nextBuild(version: string, known: ReadonlySet<string>): string {
  const [, base = version] = /^(.*)\+\d+$/.exec(version) ?? []
  let build = 2
  while (known.has(`${base}+${build}`)) build++
  const { success, data } = versionName.safeParse(`${base}+${build}`)
  if (success) return data
  throw new AppError('invalid', `${version} is too long a name to have a number behind it.`, {
    hint: 'Add the same folder under a shorter name.',
  })
}
