import { AppError } from '#preload/contract/error.ts'
import type { VersionConfiguration } from '#preload/deployment/running-configuration.ts'
import { type Configuration, differencesOf, whyNotAgain } from './configuration.ts'
import type { ConfigurationStore } from './configuration-store.ts'
import type { Workload, WorkloadName } from './engine.ts'

type Ports = {
  readonly records: ConfigurationStore
  /** What an environment gives now; to be had while the vault is locked. @throws AppError `not_found`. */
  readonly present: (environment: string) => Promise<Configuration>
  /** As they are now: all of an environment, or those that are named. @throws AppError `locked`, `not_found`. */
  readonly openSecrets: (environment: string, names?: readonly string[]) => Promise<Readonly<Record<string, string>>>
}

/** With what versions are started: with what was recorded for them, and where nothing was, with what is there now. */
export function createConfigurations({ records, present, openSecrets }: Ports) {
  return {
    present,
    find: records.find,
    forget: records.forget,
    keepOnly: records.keepOnly,

    /** For instances that start now. @throws AppError `locked`, or `not_found` when a secret it needs is gone. */
    async open(name: WorkloadName): Promise<Pick<Workload, 'env' | 'secretEnv'>> {
      const { environment } = name
      const recorded = await records.find(name)
      const now = await present(environment)
      if (recorded === null) return { env: now.values, secretEnv: await openSecrets(environment) }
      const reason = whyNotAgain(environment, recorded, now)
      if (reason !== null) throw new AppError('not_found', reason, { hint: 'Set it again under Secrets.' })
      const names = recorded.secrets.map((each) => each.name)
      return { env: recorded.values, secretEnv: await openSecrets(environment, names) }
    },

    /** How what a version is started with differs from what its environment gives now. */
    async standing(name: WorkloadName, now: Configuration): Promise<VersionConfiguration> {
      const recorded = await records.find(name)
      const { version } = name
      if (recorded === null) return { version, recordedAt: null, differs: [] }
      return { version, recordedAt: recorded.recordedAt, differs: differencesOf(recorded, now) }
    },
  }
}

export type Configurations = ReturnType<typeof createConfigurations>
