import { AppError } from '#preload/contract/error.ts'
import type { VersionConfiguration } from '#preload/deployment/running-configuration.ts'
import { type Configuration, differencesOf, type Given, settingsOf, whyNotAgain } from './configuration.ts'
import type { ConfigurationStore } from './configuration-store.ts'
import type { ServiceName, Workload, WorkloadName } from './engine.ts'
import type { RolloutStore } from './store.ts'

type Ports = {
  readonly records: ConfigurationStore
  /** What an environment gives now; to be had while the vault is locked. @throws AppError `not_found`. */
  readonly given: (environment: string) => Promise<Given>
  readonly service: RolloutStore['service']
  /** As they are now: all of an environment, or those that are named. @throws AppError `locked`, `not_found`. */
  readonly openSecrets: (environment: string, names?: readonly string[]) => Promise<Readonly<Record<string, string>>>
}

/** What a workload is besides its files. */
type Opened = Omit<Workload, keyof WorkloadName | 'folder' | 'digest'>

/** With what versions are started: with what was recorded for them, and where nothing was, with what is there now. */
export function createConfigurations({ records, given, service, openSecrets }: Ports) {
  /** What a version gets now. @throws AppError `not_found`. */
  const present = async (name: ServiceName): Promise<Configuration> => {
    const found = await service(name.service)
    if (!found) throw new AppError('not_found', `There is no service ${name.service} any more.`)
    return { ...(await given(name.environment)), settings: settingsOf(found) }
  }
  return {
    present,
    find: records.find,
    forget: records.forget,
    keepOnly: records.keepOnly,

    /** For instances that start now. @throws AppError `locked`, or `not_found` when a secret it needs is gone. */
    async open(name: WorkloadName): Promise<Opened> {
      const { environment } = name
      const recorded = await records.find(name)
      const now = await present(name)
      if (recorded === null) return { ...now.settings, env: now.values, secretEnv: await openSecrets(environment) }
      const reason = whyNotAgain(environment, recorded, now)
      if (reason !== null) throw new AppError('not_found', reason, { hint: 'Set it again under Secrets.' })
      const names = recorded.secrets.map((each) => each.name)
      return { ...recorded.settings, env: recorded.values, secretEnv: await openSecrets(environment, names) }
    },

    /** Where its instances are asked whether they can serve; null where only their port is, or nothing is known. */
    async healthPath(name: WorkloadName): Promise<string | null> {
      const settings = (await records.find(name))?.settings ?? (await service(name.service))
      return settings?.healthPath ?? null
    },

    /** How what a version is started with differs from what it would get now. */
    async standing(name: WorkloadName, now: Configuration): Promise<VersionConfiguration> {
      const recorded = await records.find(name)
      const { version } = name
      if (recorded === null) return { version, recordedAt: null, differs: [] }
      return { version, recordedAt: recorded.recordedAt, differs: differencesOf(recorded, now) }
    },
  }
}

export type Configurations = ReturnType<typeof createConfigurations>
