import type { Environment } from '#preload/deployment/environments.ts'

/** What can be done to an environment; the screen registers the same as commands. */
export type EnvironmentActions = {
  readonly edit: (environment: Environment) => void
  readonly clone: (environment: Environment) => void
  readonly toggleLock: (environment: Environment) => void
  readonly remove: (environment: Environment) => void
  /** By that many places in the order of stages. */
  readonly move: (environment: Environment, by: number) => void
  readonly close: () => void
}
