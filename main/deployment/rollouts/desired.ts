import { z } from 'zod'
import { sticky } from '#preload/deployment/rollouts.ts'

/** One version of a service that is to run, and the share of the requests it is to get. */
const desiredVersion = z.object({
  version: z.string(),
  replicas: z.number().int(),
  /** Relative to the others. */
  weight: z.number().int(),
})

/**
 * What is to run of a service in an environment, and how requests are split: everything a target and a gateway need to
 * be put in that state again, from nothing.
 */
export const desired = z.object({
  versions: z.array(desiredVersion),
  sticky,
  /** Requests with this header get this version. */
  header: z.object({ name: z.string(), value: z.string(), version: z.string() }).nullable(),
  /** A copy of so many percent of the requests goes to this version. */
  mirror: z.object({ version: z.string(), percent: z.number() }).nullable(),
})
export type Desired = z.infer<typeof desired>
export type DesiredVersion = z.infer<typeof desiredVersion>

export const nothingDesired: Desired = { versions: [], sticky: { kind: 'none' }, header: null, mirror: null }

/** The same with so many instances of one version, which gets no requests if it was not there before. */
export function withReplicas(present: Desired, version: string, replicas: number): Desired {
  const known = present.versions.some((each) => each.version === version)
  const versions = known
    ? present.versions.map((each) => (each.version === version ? { ...each, replicas } : each))
    : [...present.versions, { version, replicas, weight: 0 }]
  return { ...present, versions }
}

/** The same with one version getting `percent` of the requests and another the rest; all others get none. */
export function withSplit(present: Desired, version: string, percent: number, other: string | null): Desired {
  const weightOf = (each: string): number => (each === version ? percent : each === other ? 100 - percent : 0)
  return { ...present, versions: present.versions.map((each) => ({ ...each, weight: weightOf(each.version) })) }
}

/** The same without one version, nor what speaks of it. */
export function without(present: Desired, version: string): Desired {
  return {
    ...present,
    versions: present.versions.filter((each) => each.version !== version),
    header: present.header?.version === version ? null : present.header,
    mirror: present.mirror?.version === version ? null : present.mirror,
  }
}
