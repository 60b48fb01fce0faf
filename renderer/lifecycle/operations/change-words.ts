import type { Rollout } from '#preload/deployment/rollouts.ts'
import type { Job } from '#preload/lifecycle/operations.ts'
import type { AuditEntry } from '#preload/security/audit.ts'

/** What is known beside the audit log of what its entries acted on. */
type Known = {
  readonly rollouts: readonly Pick<Rollout, 'id' | 'service' | 'toVersion' | 'environment' | 'state'>[]
  readonly jobs: readonly Pick<Job, 'id' | 'title'>[]
}

export type ChangeWords = {
  readonly target: string
  readonly outcome: string
  /** How the outcome is to be seen. */
  readonly tone: 'quiet' | 'bad' | 'warning'
}

type Recorded = Readonly<Record<string, unknown>>
type Told = Pick<AuditEntry, 'before' | 'after' | 'outcome'> & { readonly targets: readonly string[] }

const tones: Readonly<Record<AuditEntry['outcome'], ChangeWords['tone']>> = {
  succeeded: 'quiet',
  failed: 'bad',
  forbidden: 'warning',
  interrupted: 'quiet',
}

const rolloutWords: Readonly<Record<Rollout['state'], Pick<ChangeWords, 'outcome' | 'tone'>>> = {
  running: { outcome: 'running', tone: 'quiet' },
  paused: { outcome: 'waits', tone: 'warning' },
  'rolling-back': { outcome: 'going back', tone: 'bad' },
  succeeded: { outcome: 'succeeded', tone: 'quiet' },
  'rolled-back': { outcome: 'rolled back', tone: 'bad' },
  failed: { outcome: 'failed', tone: 'bad' },
  cancelled: { outcome: 'cancelled', tone: 'quiet' },
}

/** What an entry of the audit log acted on, in words, and how that ended: of a rollout, how the rollout did. */
export function changeWords(entry: Told, { rollouts, jobs }: Known): ChangeWords {
  const [first] = entry.targets
  const own = { outcome: entry.outcome, tone: tones[entry.outcome] }
  const rollout = rollouts.find(({ id }) => id === first)
  if (rollout !== undefined)
    return {
      target: `${rollout.service} ${rollout.toVersion} to ${rollout.environment}`,
      ...(entry.outcome === 'succeeded' ? rolloutWords[rollout.state] : own),
    }
  const job = jobs.find(({ id }) => id === first)
  return { target: job?.title ?? recordedName(entry) ?? idsOf(entry.targets), ...own }
}

/** What the entry itself recorded of it; undefined where that has no name. */
function recordedName({ before, after }: Told): string | undefined {
  for (const side of [after, before]) {
    if (side === null || typeof side !== 'object' || Array.isArray(side)) continue
    const name = textOf(side, 'name') ?? versionName(side)
    if (name !== undefined) return name
  }
  return undefined
}

function versionName(side: Recorded): string | undefined {
  const service = textOf(side, 'service')
  if (service === undefined) return undefined
  const version = textOf(side, 'toVersion') ?? textOf(side, 'version')
  const environment = textOf(side, 'environment')
  const named = version === undefined ? service : `${service} ${version}`
  return environment === undefined ? named : `${named} to ${environment}`
}

const textOf = (side: Recorded, key: string): string | undefined => {
  const value = side[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}

const idsOf = ([first = '', ...others]: readonly string[]): string =>
  others.length > 0 ? `${first} and ${others.length} more` : first
