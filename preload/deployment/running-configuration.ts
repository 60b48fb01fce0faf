import { z } from 'zod'
import { instant } from '../contract/define.ts'

/** A value or a secret that a version has otherwise than its environment would give it now. */
export const configurationDifference = z.object({
  kind: z.enum(['value', 'secret']),
  name: z.string(),
  /** What was recorded for the version; of a secret only `set`. Null where it has none of that name. */
  recorded: z.string().nullable(),
  /** What the environment gives now; of a secret only `set` or `set again`. Null where there is none any more. */
  present: z.string().nullable(),
})
export type ConfigurationDifference = z.infer<typeof configurationDifference>

/** What instances of a version are started with in its environment. */
export const versionConfiguration = z.object({
  version: z.string(),
  /** When the rollout began that recorded it; null where none was, so that what starts has the present one. */
  recordedAt: instant.nullable(),
  /** In what it differs from what the layers and secrets of the environment say now. */
  differs: z.array(configurationDifference),
})
export type VersionConfiguration = z.infer<typeof versionConfiguration>

/** `LOG_LEVEL: info, now debug`. Values of secrets are never known here. */
export function differenceWords({ kind, name, recorded, present }: ConfigurationDifference): string {
  if (kind === 'value') return `${name}: ${recorded ?? 'nothing'}, now ${present ?? 'nothing'}`
  if (recorded === null) return `${name}: no secret, now set`
  return present === null
    ? `${name}: a secret that is not set any more`
    : `${name}: the secret was set again, and whatever starts has it as it is now`
}

/** `2 keys differ` */
export const differCount = ({ length }: readonly ConfigurationDifference[]): string =>
  length === 1 ? '1 key differs' : `${length} keys differ`
