import type { Kysely } from 'kysely'
import type { Frozen } from './freeze.ts'
import type { Notice } from './notices.ts'
import type { WorkspacePlace } from './place.ts'

export type Dialect = 'sqlite' | 'postgres'

/** The workspace database. Each store adds the tables it owns with `withTables`. */
export type Workspace = Kysely<Record<never, never>>

/** Whether the database answers, and since when that is so (ISO 8601). */
export type WorkspaceState = { readonly state: 'connected' | 'away'; readonly since: string }

export type OpenWorkspace = {
  readonly workspace: Workspace
  readonly dialect: Dialect
  readonly place: WorkspacePlace
  /** This process among those that have the workspace open. */
  readonly instance: string
  /** Copies the database, whole and consistent, while it is in use. Only for SQLite: a server has its own backups. */
  readonly backup?: (target: string) => Promise<void>
  readonly state: () => WorkspaceState
  readonly onState: (listener: (state: WorkspaceState) => void) => () => void
  /** Tells every process that has the workspace open, this one too. @throws AppError `too_large` or `unreachable`. */
  readonly notify: (topic: string, payload: unknown) => Promise<void>
  readonly onNotify: (listener: (notice: Notice) => void) => () => void
  /** Refuses changes with a sentence until it is called with null; see `moveWorkspace`. */
  readonly freeze: (why: Frozen | null) => void
  readonly close: () => Promise<void>
}
