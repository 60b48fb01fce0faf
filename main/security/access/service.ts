import type { OpenSession } from '#main/kernel/access/caller.ts'
import { type Clock, iso } from '#main/kernel/clock.ts'
import type { Log } from '#main/kernel/log/log.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'
import type { AccessSettings, Identity } from '#preload/security/access.ts'
import { createArrivals, tokensId } from './arrivals.ts'
import { type CallbackPage, createCallbacks } from './callbacks.ts'
import { createChanges } from './changes.ts'
import { createDevices } from './devices.ts'
import type { Engines } from './engines.ts'
import { createFactors, shownFactors } from './factors.ts'
import { createIdentities } from './identities.ts'
import { createLogout } from './logout.ts'
import { createProviders } from './providers.ts'
import { createProving } from './proving.ts'
import { createRenewal } from './renewal.ts'
import { createSessions } from './sessions.ts'
import { createSignIn, type Loopback } from './sign-in.ts'
import type { StoredIdentity } from './store/identities.ts'
import type { Recovery } from './store/settings.ts'
import { createAccessStore } from './store.ts'
import { createThrottle, loginSubject, subjectOf } from './throttle.ts'

export type AccessOptions = {
  readonly workspace: Workspace
  readonly vault: Vault
  readonly clock: Clock
  readonly log: Log
  readonly engines: Engines
  /** The user of the operating system that runs the application. */
  readonly user: string
  readonly openLoopback: (receive: (url: URL) => Promise<CallbackPage>) => Promise<Loopback>
  /** Which audit entry the enrolment of a device wrote; null while it is not found. */
  readonly auditSequence: (correlationId: string) => Promise<number | null>
}

const recoveryMinutes = 60

/** Who is here, how they came in and what proves it. Built once by the composition root. */
export async function createAccess(options: AccessOptions) {
  const { workspace, vault, clock, log, engines, user } = options
  const store = createAccessStore(workspace)
  const changes = createChanges()
  let settings: AccessSettings = await store.settings.read()
  let recovery: Recovery | null = await store.settings.recovery()
  let origin: string | null = null
  const current = (): AccessSettings => settings

  const identities = createIdentities({ store: store.identities, clock, settings: current })
  const providers = createProviders({ store: store.providers, vault, engines, origin: () => origin })
  const factors = createFactors({ store: store.factors, vault, clock })
  const throttle = createThrottle(store.attempts, clock)
  const devices = createDevices({ store: store.devices, clock, auditSequence: options.auditSequence })
  const sessions = createSessions({
    store: store.sessions,
    clock,
    log,
    settings: current,
    recovery: () => recovery,
    providers: providers.ids,
    user,
    owner: identities.owner,
    seen: identities.seen,
    onChange: () => changes.tell('sessions'),
    onEnd: (session) => vault.remove([tokensId(session)]),
  })
  const arrivals = createArrivals({ identities, factors, sessions, settings: current, vault, clock })
  const callbacks = createCallbacks()
  const { openLoopback } = options
  const signIn = createSignIn({ providers, arrivals, callbacks, throttle, openLoopback })
  const proving = createProving({ sessions, factors, identities, providers, throttle, vault, clock, settings: current })
  const logout = createLogout({ providers, vault, log })
  const renewal = createRenewal({ sessions, identities, providers, vault, clock, log })

  await identities.ensureUser(user)
  await providers.reload()
  await throttle.forget()
  await sessions.load()

  const subjectsOf = ({ id, provider, login }: StoredIdentity): string[] => [
    subjectOf('identity', id),
    ...(provider !== null && login !== null ? [loginSubject(provider, login)] : []),
  ]

  const show = async (identity: StoredIdentity): Promise<Identity> =>
    identities.shown(
      identity,
      shownFactors(await factors.of(identity.id)),
      await throttle.lockedUntil(subjectsOf(identity)),
    )

  const find = async (id: string): Promise<StoredIdentity> => {
    const identity = await identities.find(id)
    if (identity) return identity
    throw new AppError('not_found', 'There is nobody by this id.')
  }

  /** Whether somebody could still sign in as an administrator if this were so. */
  const requireAdministrator = async (
    wanted: AccessSettings,
    providerIds: ReadonlySet<string>,
    changed: { readonly id: string; readonly isAdmin: boolean } | null = null,
  ): Promise<void> => {
    if (!wanted.signInRequired) return
    const isAdmin = ({ id, disabled, assignedRoles, provider }: StoredIdentity): boolean =>
      provider !== null &&
      providerIds.has(provider) &&
      (changed?.id === id ? changed.isAdmin : !disabled && assignedRoles.includes('admin'))
    const byGroup = wanted.groupRoles.some(({ role }) => role === 'admin')
    if (providerIds.size > 0 && (byGroup || (await identities.list()).some(isAdmin))) return
    throw new AppError('conflict', 'Nobody could sign in as an administrator any more; nothing was changed.', {
      hint: 'Add a provider, and give the role admin to one of its groups or to somebody who came through it.',
    })
  }

  const reload = async (): Promise<void> => {
    await providers.reload() // first: whoever must sign in has to find how
    settings = await store.settings.read()
    recovery = await store.settings.recovery()
    factors.forgetSeen()
    await sessions.refreshAll()
    changes.tell('settings')
  }

  return {
    sessions,
    identities,
    providers,
    factors,
    devices,
    throttle,
    signIn,
    proving,
    arrivals,
    callbacks,
    changes,
    logout,
    renewal,
    settings: current,
    find,
    show,
    subjectsOf,
    requireAdministrator,

    openSession: sessions.open satisfies OpenSession,
    signInRequired: (): boolean => settings.signInRequired,
    /** Where the server host is served, so that providers can be told. */
    servedAt: (at: string): void => {
      origin = at
    },

    async showAll(): Promise<Identity[]> {
      const enrolled = await factors.enrolled()
      const none = { totp: null, passkeys: [], recoveryCodes: [] }
      return Promise.all(
        (await identities.list()).map(async (identity) =>
          identities.shown(
            identity,
            shownFactors(enrolled.get(identity.id) ?? none),
            await throttle.lockedUntil(subjectsOf(identity)),
          ),
        ),
      )
    },

    async setSettings(wanted: AccessSettings): Promise<{ before: AccessSettings; after: AccessSettings }> {
      await requireAdministrator(wanted, providers.ids())
      const before = settings
      if (!(await store.settings.replace(wanted)))
        throw new AppError('conflict', 'Somebody changed these settings meanwhile; nothing was saved.', {
          hint: 'Look at the present ones, then make your change again.',
        })
      await reload()
      return { before, after: settings }
    },

    /** Reads everything again: another application changed a shared workspace. */
    async reload(): Promise<void> {
      await sessions.sync()
      await reload()
    },

    /**
     * The way back for who lost the last administrator: whoever runs the application on this machine is one for an hour.
     * Nothing else changes.
     */
    async recoverAdmin(): Promise<{ until: string }> {
      const until = clock.now() + recoveryMinutes * 60_000
      await store.settings.setRecovery({ user, until })
      await reload()
      return { until: iso(until) }
    },

    /**
     * Forgets a person: name, address, login, factors, sessions, what they called their devices. The id stays, so that
     * it is never used again. The user of the operating system is who runs this; there is nothing to forget.
     */
    async forget(id: string): Promise<void> {
      if (id.startsWith('os:') || !(await identities.find(id))) return
      for (const live of sessions.of(id)) sessions.end(live)
      const identity = await find(id)
      await throttle.unlock(subjectsOf(identity))
      await factors.reset(id)
      await store.devices.forgetNames(id)
      await identities.erase(id)
      changes.tell('identities')
    },

    /** What people are called, by id; whoever is not known is left out. */
    async names(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
      const found = await Promise.all([...new Set(ids)].map(identities.find))
      return new Map(found.flatMap((identity) => (identity?.name ? [[identity.id, identity.name] as const] : [])))
    },

    async close(): Promise<void> {
      await renewal.close()
      await sessions.close()
      await providers.close()
    },
  }
}

export type Access = Awaited<ReturnType<typeof createAccess>>
