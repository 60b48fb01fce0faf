import type { VersionWindow } from '#preload/deployment/measurement.ts'
import type { Sticky } from '#preload/deployment/rollouts.ts'

/**
 * The two ports of a rollout. They are shaped on what Kubernetes offers, so that it can fill them: a workload is a
 * Deployment of one version, `observe` its status, and the split is an HTTPRoute with weighted backendRefs.
 */

export type ServiceName = { readonly environment: string; readonly service: string }
/** Names one version of a service in an environment. */
export type WorkloadName = ServiceName & { readonly version: string }

/** One version as it is to run. */
export type Workload = WorkloadName & {
  readonly command: readonly string[]
  /** Where its files are on this machine. */
  readonly folder: string
  /** Names its files wherever they are. */
  readonly digest: string
  readonly env: Readonly<Record<string, string>>
  readonly secretEnv: Readonly<Record<string, string>>
  readonly healthPath: string | null
  readonly stopGraceSeconds: number
  readonly memoryMegabytes: number | null
  readonly cpuPercent: number | null
}

export type Instance = {
  readonly index: number
  /** Where it answers; null while it does not run. */
  readonly endpoint: { readonly host: string; readonly port: number } | null
  readonly ready: boolean
  /** Whether it will become ready by itself, as far as can be told. */
  readonly hopeless: boolean
  readonly restarts: number
  /** How it ended last without being asked to, with its last line; null where it did not, or nothing is known of it. */
  readonly lastEnd: { readonly how: string | null; readonly lastLine: string } | null
  /** It ended and was started again less than a minute ago, so that it may well end again. */
  readonly flaps: boolean
  /** Why it is not ready. */
  readonly reason: string | null
  /** Why nothing is known of it but what it answers itself; null where it is looked after. */
  readonly outOfReach: string | null
  /** Nothing sees to it that it runs any more; asking for it again does. */
  readonly abandoned: boolean
}

/** Where versions run. */
export type Target = {
  /** Sees to it that so many instances are to run, ending those beyond; asked for twice it does it once. */
  readonly scale: (workload: Workload, replicas: number, signal: AbortSignal) => Promise<void>
  readonly observe: (name: WorkloadName) => Promise<readonly Instance[]>
  /** Ends all instances of a version gracefully, and resolves when they have ended. @returns what was remarkable. */
  readonly remove: (name: WorkloadName) => Promise<readonly string[]>
  /** What the instances wrote last. */
  readonly output: (name: WorkloadName) => Promise<readonly { readonly instance: number; readonly text: string }[]>
  /** Marks the version that is meant to run from now on, where a target has such a mark. @returns what was remarkable. */
  readonly settle: (name: WorkloadName) => Promise<readonly string[]>
  /** Ends whatever else runs of a service: what an interruption, or a host that was away, left. */
  readonly sweep: (name: ServiceName, versions: readonly string[]) => Promise<void>
  /** Removes all that is kept of a service of which nothing runs any more. */
  readonly forget: (name: ServiceName) => Promise<void>
}

/** How a service of an environment is to be served. */
export type ServedService = {
  readonly environment: string
  readonly service: string
  /** Where it listens on this machine. */
  readonly port: number
  readonly versions: readonly {
    readonly version: string
    readonly weight: number
    readonly endpoints: readonly { readonly host: string; readonly port: number }[]
  }[]
  readonly sticky: Sticky
  readonly header: { readonly name: string; readonly value: string; readonly version: string } | null
  readonly mirror: { readonly version: string; readonly percent: number } | null
}

/** What was measured of the requests to one version. */
export type VersionTraffic = {
  readonly version: string
  readonly windows: readonly (VersionWindow & { readonly mean: number | null })[]
}

/** Who gets the requests. */
export type Traffic = {
  /** In force for every new request when it resolves. @throws AppError when the port is taken. */
  readonly serve: (service: ServedService) => Promise<void>
  readonly withdraw: (environment: string, service: string) => Promise<void>
  readonly measure: (environment: string, service: string, since: string) => Promise<readonly VersionTraffic[]>
  /** Resolves when no request is under way to this version, or the time has passed. @returns how many still are. */
  readonly drained: (name: WorkloadName, withinMs: number) => Promise<number>
}
