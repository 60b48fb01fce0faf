import type { Role } from '#preload/security/access.ts'

/** How somebody came in. Shown in the audit log. */
export type Via = 'desktop' | 'browser' | 'command line' | 'application'

/** Who is calling. Made by the host when a session opens; nothing a caller sends can change it. */
export type Caller = {
  readonly name: string
  readonly role: Role
  readonly via: Via
  readonly session: string
}

/** The application itself, for what it does without being asked. */
export const application: Caller = { name: 'application', role: 'admin', via: 'application', session: 'application' }
