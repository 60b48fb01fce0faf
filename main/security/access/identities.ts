import { v7 as uuid } from 'uuid'
import type { ExternalIdentity } from '#main/engines/identity/identity.ts'
import { type Clock, iso } from '#main/kernel/clock.ts'
import type { AccessSettings, Identity } from '#preload/security/access.ts'
import type { SecondFactors } from '#preload/security/factors.ts'
import type { Owner } from './live.ts'
import { rolesInForce } from './roles.ts'
import type { IdentityStore, StoredIdentity } from './store/identities.ts'

type Ports = {
  readonly store: IdentityStore
  readonly clock: Clock
  readonly settings: () => AccessSettings
}

/** Everybody who is known here. */
export function createIdentities({ store, clock, settings }: Ports) {
  const rolesOf = (identity: StoredIdentity) => rolesInForce(identity, settings().groupRoles)

  return {
    find: store.find,
    list: store.list,
    rolesOf,
    decide: store.decide,
    seen: (id: string): Promise<void> => store.seen(id, iso(clock.now())),
    erase: store.erase,

    async owner(id: string): Promise<Owner | null> {
      const identity = await store.find(id)
      if (!identity) return null
      const { kind, name, email, groups, disabled } = identity
      return { id, kind, name, email, groups, roles: rolesOf(identity), disabled }
    },

    /** Whoever runs the application, so that they are in the list of everybody. */
    async ensureUser(user: string): Promise<void> {
      const id = `os:${user}`
      if (await store.find(id)) return
      const revision = 0
      await store.save({
        ...{ id, kind: 'os', provider: null, issuer: '', subject: user, name: user, email: null, login: null },
        ...{ groups: [], assignedRoles: [], disabled: false, createdAt: iso(clock.now()), lastSeenAt: null, revision },
      })
      await store.decide(id, ['admin'], false, revision)
    },

    /** Adds somebody their provider vouches for, or brings up to date what it says of them. */
    async arrived(external: ExternalIdentity, provider: string, login: string | null): Promise<StoredIdentity> {
      const { provider: kind, issuer, subject, name, email, groups } = external
      const known = await store.findExternal(kind, issuer, subject)
      const now = iso(clock.now())
      const identity: StoredIdentity = {
        id: known?.id ?? uuid(),
        kind,
        provider,
        issuer,
        subject,
        name,
        email,
        login: login ?? known?.login ?? null,
        groups,
        assignedRoles: known?.assignedRoles ?? [],
        disabled: known?.disabled ?? false,
        createdAt: known?.createdAt ?? now,
        lastSeenAt: now,
        revision: known?.revision ?? 0,
      }
      const id = await store.save(identity)
      return id === identity.id ? identity : ((await store.find(id)) ?? identity)
    },

    shown: (identity: StoredIdentity, factors: SecondFactors, lockedUntil: number | null): Identity => ({
      id: identity.id,
      kind: identity.kind,
      issuer: identity.issuer,
      name: identity.name,
      email: identity.email,
      groups: [...identity.groups],
      assignedRoles: [...identity.assignedRoles],
      roles: [...rolesOf(identity)],
      disabled: identity.disabled,
      lockedUntil: lockedUntil === null ? null : iso(lockedUntil),
      factors,
      createdAt: identity.createdAt,
      lastSeenAt: identity.lastSeenAt,
      revision: identity.revision,
    }),
  }
}

export type Identities = ReturnType<typeof createIdentities>
