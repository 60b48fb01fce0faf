import { createHash, randomBytes } from 'node:crypto'
import { v7 as uuid } from 'uuid'
import type { Caller, CallerSession, WayIn } from '#main/kernel/access/caller.ts'
import { personalCaller } from '#main/kernel/access/caller.ts'
import type { Clock } from '#main/kernel/clock.ts'
import type { Log } from '#main/kernel/log/log.ts'
import type { AccessSettings, SessionState } from '#preload/security/access.ts'
import type { Role } from '#preload/security/roles.ts'
import { endOf, lockOf, type SessionFacts, stateOf } from './session-rules.ts'
import type { IdentityKind } from './store/identities.ts'
import type { SessionStore, StoredSession } from './store/sessions.ts'
import type { Recovery } from './store/settings.ts'

/** Who a session belongs to, as it is known now. */
export type Owner = {
  readonly id: string
  readonly kind: IdentityKind
  readonly name: string
  readonly email: string | null
  readonly groups: readonly string[]
  readonly roles: readonly Role[]
  readonly disabled: boolean
}

/** One way in and who is behind it. Only this file changes it. */
export type Live = {
  /** Names the session in lists and in the audit log; a new one for each sign-in. */
  id: string
  readonly keyHash: string
  via: WayIn['via']
  source: string | null
  readOnly: boolean
  origin: string | null
  invited: boolean
  owner: Owner | null
  provider: string | null
  createdAt: number
  lastSeenAt: number
  savedAt: number
  provenAt: number | null
  endsAt: number | null
  secondFactorDone: boolean
  locked: boolean
  elevatedUntil: number | null
  /** Set on a session of a personal workspace that was ended. */
  dismissed: boolean
  /** Whether its way in was opened here; in a shared workspace the others are another application's. */
  held: boolean
  told: string
  readonly listeners: Set<() => void>
}

type Ports = {
  readonly store: SessionStore
  readonly clock: Clock
  readonly log: Log
  readonly settings: () => AccessSettings
  readonly recovery: () => Recovery | null
  readonly providers: () => ReadonlySet<string>
  /** The user of the operating system that runs the application. */
  readonly user: string
  /** Who somebody is now; null for nobody. */
  readonly owner: (identity: string) => Promise<Owner | null>
  readonly onChange: () => void
  /** A session of somebody who signed in is over. */
  readonly onEnd: (session: string) => Promise<void>
}

const saveEveryMs = 30_000
const tickMs = 1_000

export const newKey = (): string => randomBytes(32).toString('base64url')
export const hashOfKey = (key: string): string => createHash('sha256').update(key).digest('hex')

/** What there is to know of a fresh sign-in. */
export type Arrival = {
  readonly owner: Owner
  readonly provider: string
  readonly secondFactorDone: boolean
}

/**
 * All sessions: who is behind each way in, at this moment. In memory, so that the one door is answered at once; those of
 * people who signed in are kept in the workspace too, and are there again after a restart for whoever has the key.
 */
export function createSessions(ports: Ports) {
  const { store, clock, log, settings } = ports
  const byKey = new Map<string, Live>()
  let notifying = false

  const isPersonal = (live: Live): boolean => {
    // A browser of somewhere else is nobody, also when people are not asked to sign in any more.
    const isHere = live.via !== 'browser' || live.invited
    if (live.owner !== null || live.dismissed || !isHere) return false
    if (!settings().signInRequired) return true
    const recovery = ports.recovery()
    return recovery !== null && recovery.user === ports.user && clock.now() < recovery.until
  }

  const facts = (live: Live): SessionFacts => ({
    identity: live.owner,
    providerKnown: live.provider !== null && ports.providers().has(live.provider),
    secondFactorDone: live.secondFactorDone,
    locked: live.locked,
    createdAt: live.createdAt,
    lastSeenAt: live.lastSeenAt,
    endsAt: live.endsAt,
  })

  const state = (live: Live): SessionState => {
    if (isPersonal(live)) return live.locked ? 'locked' : 'signed-in'
    return stateOf(facts(live), settings(), clock.now())
  }

  const rolesOf = (live: Live): readonly Role[] => {
    const given = live.owner?.roles ?? []
    const elevated = live.elevatedUntil !== null && clock.now() < live.elevatedUntil
    const roles: readonly Role[] = elevated && !given.includes('admin') ? ['admin', ...given] : given
    return live.readOnly && roles.length > 0 ? ['viewer'] : roles
  }

  const callerOf = (live: Live): Caller => {
    const now = state(live)
    if (isPersonal(live)) {
      const owner = personalCaller(ports.user, live.via, live.id, [live.readOnly ? 'viewer' : 'admin'])
      return { ...owner, source: live.source, state: now, provenAt: live.provenAt }
    }
    const known = now === 'signed-out' ? null : live.owner
    return {
      id: known?.id ?? '',
      name: known?.name ?? '',
      roles: now === 'signed-in' ? rolesOf(live) : [],
      groups: known?.groups ?? [],
      via: live.via,
      session: live.id,
      source: live.source,
      state: now,
      personal: false,
      provenAt: now === 'signed-out' ? null : live.provenAt,
    }
  }

  const background = (work: Promise<unknown>): void =>
    void work.catch((error: unknown) => log.error('session not saved', { error }))

  const save = (live: Live): Promise<void> => {
    live.savedAt = clock.now()
    const stored = storedOf(live)
    return stored ? store.save(stored) : Promise.resolve()
  }

  const seenOf = (live: Live): string => {
    const { session: _, ...seen } = callerOf(live)
    return JSON.stringify([seen, live.elevatedUntil])
  }

  /** Tells whoever holds the way in, if what they are now differs from what they were told. */
  const tell = (live: Live): boolean => {
    const now = seenOf(live)
    if (now === live.told) return false
    live.told = now
    notifying = true
    for (const listener of [...live.listeners]) listener()
    notifying = false
    ports.onChange()
    return true
  }

  /** Nobody is behind it any more; the way in itself stays and may be signed in again. */
  const forget = (live: Live): void => {
    const { id } = live
    background(store.remove([id]))
    background(ports.onEnd(id))
    Object.assign(live, blank(clock.now()))
    live.id = uuid()
    tell(live)
    if (live.listeners.size === 0) byKey.delete(live.keyHash)
  }

  /** What the time alone changes: locks who is idle, ends what is over. Also tells the end of an elevation. */
  const settle = (live: Live): void => {
    const now = state(live)
    if (live.owner !== null && now === 'signed-out') {
      forget(live)
      return
    }
    if (now === 'locked' && !live.locked) {
      live.locked = true
      background(save(live))
    }
    tell(live)
  }

  const tick = (): void => {
    for (const live of [...byKey.values()]) if (live.held) settle(live)
  }
  const timer = setInterval(tick, tickMs)
  timer.unref()

  const touch = (live: Live): void => {
    if (state(live) !== 'signed-in') return
    live.lastSeenAt = clock.now()
    if (live.owner !== null && live.lastSeenAt - live.savedAt >= saveEveryMs) background(save(live))
  }

  const find = (id: string): Live | null => {
    for (const live of byKey.values()) if (live.id === id) return live
    return null
  }

  const refreshOwner = async (live: Live): Promise<void> => {
    if (live.owner === null) return
    const owner = await ports.owner(live.owner.id)
    if (owner === null) forget(live)
    else {
      live.owner = owner
      settle(live)
    }
  }

  /** Room for one more session of somebody: the oldest ones end. */
  const makeRoom = (identity: string): void => {
    const theirs = [...byKey.values()].filter((live) => live.owner?.id === identity)
    theirs.sort((a, b) => a.createdAt - b.createdAt)
    const most = settings().sessionsPerIdentity
    for (const live of theirs.slice(0, Math.max(0, theirs.length - most + 1))) forget(live)
  }

  const arrive = async (live: Live, { owner, provider, secondFactorDone }: Arrival): Promise<void> => {
    makeRoom(owner.id)
    const now = clock.now()
    Object.assign(live, blank(now), { owner, provider, secondFactorDone, provenAt: now })
    live.id = uuid()
    live.endsAt = now + settings().absoluteHours * 3_600_000
    await save(live)
    tell(live)
  }

  return {
    /** Brings back the sessions that were open when the application stopped. */
    async load(): Promise<void> {
      for (const stored of await store.list()) {
        const owner = await ports.owner(stored.identity)
        const live: Live = { ...fresh(stored.keyHash, clock.now()), ...stored, savedAt: stored.lastSeenAt, owner }
        byKey.set(live.keyHash, live)
        settle(live)
      }
    },

    /** The session of a way in; the same key is the same session. */
    open(wayIn: WayIn): CallerSession {
      const keyHash = hashOfKey(wayIn.key)
      const known = byKey.get(keyHash)
      const live = known ?? fresh(keyHash, clock.now())
      Object.assign(live, {
        via: wayIn.via,
        source: wayIn.source,
        readOnly: wayIn.readOnly,
        origin: wayIn.origin ?? null,
        invited: wayIn.invited === true || live.invited,
      })
      byKey.set(keyHash, live)
      if (live.listeners.size === 0) live.told = seenOf(live)
      live.held = true
      return {
        caller() {
          if (!notifying) settle(live)
          return callerOf(live)
        },
        onChange(listener) {
          if (!byKey.has(keyHash)) byKey.set(keyHash, live)
          live.listeners.add(listener)
          return () => {
            live.listeners.delete(listener)
            if (live.listeners.size === 0 && isDisposable(live)) byKey.delete(keyHash)
          }
        },
        touch: () => touch(live),
      }
    },

    find,
    of: (identity: string): readonly Live[] => [...byKey.values()].filter((live) => live.owner?.id === identity),
    all: (): readonly Live[] => [...byKey.values()].filter((live) => state(live) !== 'signed-out'),
    state,
    isPersonal,
    rolesOf,
    callerOf,
    touch,
    locksAt: (live: Live): number | null => (live.owner === null ? null : lockOf(facts(live), settings())),
    endsAt: (live: Live): number | null => (live.owner === null ? null : endOf(facts(live), settings())),
    /** Whether a key may still be used in a personal workspace. */
    isDismissed: (key: string): boolean => byKey.get(hashOfKey(key))?.dismissed === true,

    /** Somebody signed in on this way in. */
    arrive,
    /**
     * Somebody signed in on a way in whose key others may have planted: the session gets a key of its own.
     * @returns that key, and the session it opens.
     */
    async arriveElsewhere(live: Live, arrival: Arrival): Promise<{ key: string; session: string }> {
      const key = newKey()
      const own: Live = { ...fresh(hashOfKey(key), clock.now()), via: live.via, source: live.source }
      own.readOnly = live.readOnly
      own.origin = live.origin
      own.held = true
      byKey.set(own.keyHash, own)
      await arrive(own, arrival)
      return { key, session: own.id }
    },

    /** The owner proved that it is them: unlocks, completes the second step, and counts for dangerous acts. */
    async prove(live: Live): Promise<void> {
      const now = clock.now()
      Object.assign(live, { provenAt: now, lastSeenAt: now, locked: false, secondFactorDone: true })
      await save(live)
      tell(live)
    },
    async lock(live: Live): Promise<void> {
      live.locked = true
      await save(live)
      tell(live)
    },
    async elevate(live: Live, until: number): Promise<void> {
      live.elevatedUntil = until
      await save(live)
      tell(live)
    },
    /** Ends a session for good. */
    end(live: Live): void {
      if (live.owner === null) live.dismissed = true
      if (live.owner === null) tell(live)
      else forget(live)
    },
    async refresh(identity: string): Promise<void> {
      for (const live of [...byKey.values()]) if (live.owner?.id === identity) await refreshOwner(live)
    },
    /** After settings or providers changed, or another application wrote to a shared workspace. */
    async refreshAll(): Promise<void> {
      for (const live of [...byKey.values()])
        if (live.owner === null) settle(live)
        else await refreshOwner(live)
    },
    tick,
    async close(): Promise<void> {
      clearInterval(timer)
      for (const live of byKey.values()) {
        if (live.owner === null || !live.held) continue
        // The window's key goes with the window; a cookie and the file of the command line stay.
        if (live.via === 'desktop') await store.remove([live.id])
        else if (live.lastSeenAt > live.savedAt) await save(live)
      }
    },
  }
}

export type Sessions = ReturnType<typeof createSessions>

/** Whether nothing is lost with it: what is locked or was ended must be so again when the same key comes back. */
const isDisposable = (live: Live): boolean => live.owner === null && !live.dismissed && !live.locked

const blank = (now: number) =>
  ({
    owner: null,
    provider: null,
    createdAt: now,
    lastSeenAt: now,
    savedAt: now,
    provenAt: null,
    endsAt: null,
    secondFactorDone: false,
    locked: false,
    elevatedUntil: null,
    dismissed: false,
  }) satisfies Partial<Live>

const fresh = (keyHash: string, now: number): Live => ({
  ...blank(now),
  id: uuid(),
  keyHash,
  via: 'browser',
  source: null,
  readOnly: false,
  origin: null,
  invited: false,
  held: false,
  told: '',
  listeners: new Set(),
})

function storedOf(live: Live): StoredSession | null {
  if (live.owner === null || live.provider === null || live.endsAt === null) return null
  return {
    id: live.id,
    keyHash: live.keyHash,
    identity: live.owner.id,
    provider: live.provider,
    via: live.via,
    source: live.source,
    readOnly: live.readOnly,
    createdAt: live.createdAt,
    lastSeenAt: live.lastSeenAt,
    provenAt: live.provenAt,
    endsAt: live.endsAt,
    secondFactorDone: live.secondFactorDone,
    locked: live.locked,
    elevatedUntil: live.elevatedUntil,
  }
}
