import type { SessionState } from '#preload/security/access.ts'
import type { Role } from '#preload/security/roles.ts'

/** How somebody came in. Shown in the audit log. */
export type Via = 'desktop' | 'browser' | 'command line' | 'application'

/** Who is calling, at this moment. Made by a session of the host; nothing a caller sends can change it. */
export type Caller = {
  /** The identity: `os:<user>`, a UUID, or `application`. Empty while nobody is signed in. */
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly groups: readonly string[]
  readonly via: Via
  readonly session: string
  /** Address they came from; null inside this machine's own window. */
  readonly source: string | null
  readonly state: SessionState
  /** The owner of a workspace that demands no sign-in: no ceremony is asked of them. */
  readonly personal: boolean
  /** When they last proved it was them, milliseconds; null when they never had to. */
  readonly provenAt: number | null
}

/** The application itself, for what it does without being asked. */
export const application: Caller = {
  id: 'application',
  name: 'application',
  roles: ['admin'],
  groups: [],
  via: 'application',
  session: 'application',
  source: null,
  state: 'signed-in',
  personal: true,
  provenAt: null,
}

/** The owner of a personal workspace, known by being this user of the operating system. */
export const personalCaller = (
  user: string,
  via: Via,
  session: string,
  roles: readonly Role[] = ['admin'],
): Caller => ({
  ...application,
  id: `os:${user}`,
  name: user,
  roles,
  via,
  session,
})

/** One way in that stays open: who the caller is may change meanwhile, by signing in or out, locking or proving. */
export type CallerSession = {
  readonly caller: () => Caller
  /** Told after the caller changed. @returns how to stop listening. */
  readonly onChange: (listener: () => void) => () => void
  /** Somebody is there: keeps the session from locking. Queries alone do not say so; screens repeat them by themselves. */
  readonly touch?: () => void
}

/** How a host lets somebody in. Opening proves nothing yet where a workspace demands that people sign in. */
export type WayIn = {
  readonly via: Via
  /** Names the way in: a browser's cookie, the window, a socket. Whoever comes with the same one is the same session. */
  readonly key: string
  readonly source: string | null
  /** Gives up every right to change things. */
  readonly readOnly: boolean
  /** The web address its page is served at, `https://ops.example:8443`; left out where there is no page of the web. */
  readonly origin?: string
  /** Came by a one-time link that was printed on this machine. */
  readonly invited?: boolean
}

export type OpenSession = (wayIn: WayIn) => CallerSession

export const fixedSession = (caller: Caller): CallerSession => ({ caller: () => caller, onChange: () => () => {} })
