import type { Beginning, ServiceInput } from '#preload/deployment/rollouts.ts'
import { type ConfigurationDifference, differenceWords } from '#preload/deployment/running-configuration.ts'

/** What an environment gives, without the secrets themselves. */
export type Given = {
  readonly values: Readonly<Record<string, string>>
  /** The fingerprint is another one whenever the secret was set. */
  readonly secrets: readonly { readonly name: string; readonly fingerprint: string }[]
}

/** What of a service is meant for one instance of it. How many there are is up to the rollout. */
export type ServiceSettings = Pick<
  ServiceInput,
  'command' | 'healthPath' | 'stopGraceSeconds' | 'memoryMegabytes' | 'cpuPercent'
>

export const settingsOf = (service: ServiceSettings): ServiceSettings => {
  const { command, healthPath, stopGraceSeconds, memoryMegabytes, cpuPercent } = service
  return { command, healthPath, stopGraceSeconds, memoryMegabytes, cpuPercent }
}

/** What instances are started with: what their environment gives, and the settings of their service. */
export type Configuration = Given & { readonly settings: ServiceSettings }

/** The configuration of a version in an environment, as its rollout began. */
export type RecordedConfiguration = Configuration & { readonly version: string; readonly recordedAt: string }

/** In what two differ: values, then secrets, each sorted by name, then settings. */
export function differencesOf(recorded: Configuration, present: Configuration): ConfigurationDifference[] {
  const values = namesOf(Object.keys(recorded.values), Object.keys(present.values)).map((name) => ({
    ...{ kind: 'value' as const, name },
    ...{ recorded: recorded.values[name] ?? null, present: present.values[name] ?? null },
  }))
  const before = new Map(recorded.secrets.map(({ name, fingerprint }) => [name, fingerprint]))
  const now = new Map(present.secrets.map(({ name, fingerprint }) => [name, fingerprint]))
  const secrets = namesOf(before.keys(), now.keys()).map((name) => ({
    ...{ kind: 'secret' as const, name, recorded: before.has(name) ? 'set' : null },
    present: !now.has(name) ? null : before.has(name) && now.get(name) !== before.get(name) ? 'set again' : 'set',
  }))
  return [...values, ...secrets, ...settingDifferences(recorded.settings, present.settings)].filter(
    (each) => each.recorded !== each.present,
  )
}

function settingDifferences(recorded: ServiceSettings, present: ServiceSettings): ConfigurationDifference[] {
  const before = settingWords(recorded)
  return Object.entries(settingWords(present)).map(([name, now]) => ({
    ...{ kind: 'setting', name, recorded: before[name] ?? null, present: now },
  }))
}

/** An argument is shown so that where it ends is seen. */
const argument = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : JSON.stringify(text))

const settingWords = (settings: ServiceSettings): Record<string, string> => {
  const { command, healthPath, stopGraceSeconds, memoryMegabytes, cpuPercent } = settings
  return {
    Command: command.map(argument).join(' '),
    'Health path': healthPath ?? 'none, its port is open',
    'Time to end in': `${stopGraceSeconds} s`,
    'Memory limit': memoryMegabytes === null ? 'none' : `${memoryMegabytes} MB`,
    'CPU limit': cpuPercent === null ? 'none' : `${cpuPercent} %`,
  }
}

/** The secrets that a version was recorded with and that are not there any more. */
export function missingSecrets(recorded: Given, present: Given): string[] {
  const now = new Set(present.secrets.map(({ name }) => name))
  return recorded.secrets.flatMap(({ name }) => (now.has(name) ? [] : [name]))
}

/** Why a version cannot be started again, as a sentence; null when it can. */
export function whyNotAgain(
  environment: string,
  recorded: RecordedConfiguration | null,
  present: Configuration,
): string | null {
  const missing = recorded === null ? [] : missingSecrets(recorded, present)
  if (recorded === null || missing.length === 0) return null
  const secrets = missing.length === 1 ? `the secret ${missing[0]}` : `the secrets ${missing.join(', ')}`
  const are = missing.length === 1 ? 'which is' : 'which are'
  return `${recorded.version} was rolled out with ${secrets}, ${are} not set in ${environment} any more.`
}

/** A value may be long, and an event of a rollout is read at a glance. */
const longestValue = 80
const short = (text: string): string => (text.length > longestValue ? `${text.slice(0, longestValue)}…` : text)

const listed = (differences: readonly ConfigurationDifference[]): string =>
  differences
    .map((each) =>
      differenceWords({
        ...each,
        ...{ recorded: each.recorded && short(each.recorded), present: each.present && short(each.present) },
      }),
    )
    .join('; ')

export const beginningOf = (digest: string, { values, secrets, settings }: Configuration): Beginning => ({
  ...{ Files: digest, ...settingWords(settings) },
  ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`Configuration ${name}`, value])),
  ...Object.fromEntries(secrets.map(({ name, fingerprint }) => [`Secret ${name}`, `set, known by ${fingerprint}`])),
})

/** What of a beginning is not as it was said, as a sentence; null where all is. */
export function changedSince(version: string, said: Beginning, now: Beginning): string | null {
  const changed = namesOf(Object.keys(said), Object.keys(now)).filter((name) => said[name] !== now[name])
  const words = changed.map(
    (name) => `${name}: ${short(said[name] ?? 'nothing')}, now ${short(now[name] ?? 'nothing')}`,
  )
  return changed.length === 0 ? null : `${version} would not begin with what its plan said. ${words.join('; ')}.`
}

/** Says with what a version begins to run beside, or instead of, the one that runs. */
export function beginsWith(
  version: string,
  next: Configuration,
  from: { readonly version: string; readonly recorded: RecordedConfiguration | null } | null,
): string {
  if (from === null) return `The configuration of ${version} is recorded: ${contents(next)}.`
  if (from.recorded === null)
    return `The configuration of ${version} is recorded: ${contents(next)}. That of ${from.version} was not, so they cannot be compared.`
  const differences = differencesOf(from.recorded, next)
  if (differences.length === 0) return `${version} has the configuration that ${from.version} has.`
  return `${version} has another configuration than ${from.version}. ${listed(differences)}.`
}

/** Says with what a version comes back. */
export function comesBackWith(version: string, recorded: RecordedConfiguration | null, present: Configuration): string {
  if (recorded === null) return `The configuration of ${version} was not recorded, so what starts has the present one.`
  const differences = differencesOf(recorded, present)
  const back = `${version} has the configuration of ${recorded.recordedAt} again`
  return differences.length === 0 ? `${back}, which is the present one.` : `${back}. ${listed(differences)}.`
}

const contents = ({ values, secrets }: Configuration): string =>
  `${count(Object.keys(values).length, 'value')}, ${count(secrets.length, 'secret')} and the settings of the service`
const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

const namesOf = (one: Iterable<string>, other: Iterable<string>): string[] => [...new Set([...one, ...other])].sort()
