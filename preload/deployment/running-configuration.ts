import { z } from 'zod'
import { instant } from '../contract/define.ts'

/** A value, a secret or a setting of the service that a version has otherwise than it would get it now. */
export const configurationDifference = z.object({
  kind: z.enum(['value', 'secret', 'setting']),
  name: z.string(),
  /** What was recorded for the version; of a secret only `set`. Null where it has none of that name. */
  recorded: z.string().nullable(),
  /** What it would get now; of a secret only `set` or `set again`. Null where there is none any more. */
  present: z.string().nullable(),
})
export type ConfigurationDifference = z.infer<typeof configurationDifference>

/** What instances of a version are started with in its environment. */
export const versionConfiguration = z.object({
  version: z.string(),
  /** When the rollout began that recorded it; null where none was, so that what starts has the present one. */
  recordedAt: instant.nullable(),
  /** In what it differs from what the layers and secrets of the environment, and the service, say now. */
  differs: z.array(configurationDifference),
})
export type VersionConfiguration = z.infer<typeof versionConfiguration>

/** `LOG_LEVEL: info, now debug`. Values of secrets are never known here. */
export function differenceWords({ kind, name, recorded, present }: ConfigurationDifference): string {
  if (kind !== 'secret') return `${name}: ${recorded ?? 'nothing'}, now ${present ?? 'nothing'}`
  if (recorded === null) return `${name}: no secret, now set`
  return present === null
    ? `${name}: a secret that is not set any more`
    : `${name}: the secret was set again, and whatever starts has it as it is now`
}

/** `2 keys and 1 setting differ` */
export function differCount(differs: readonly ConfigurationDifference[]): string {
  const settings = differs.filter(({ kind }) => kind === 'setting').length
  const counted = [count(differs.length - settings, 'key'), count(settings, 'setting')].filter((each) => each !== null)
  return `${counted.join(' and ')} ${differs.length === 1 ? 'differs' : 'differ'}`
}
const count = (number: number, noun: string): string | null =>
  number === 0 ? null : `${number} ${noun}${number === 1 ? '' : 's'}`
