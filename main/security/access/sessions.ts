import { v7 as uuid } from 'uuid'
import type { Caller, CallerSession, WayIn } from '#main/kernel/access/caller.ts'
import { personalCaller } from '#main/kernel/access/caller.ts'
import type { Clock } from '#main/kernel/clock.ts'
import type { Log } from '#main/kernel/log/log.ts'
import type { AccessSettings, SessionState } from '#preload/security/access.ts'
import type { Role } from '#preload/security/roles.ts'
import { type Arrival, blank, fresh, hashOfKey, isDisposable, type Live, newKey, type Owner, storedOf } from './live.ts'
import { endOf, lockOf, type SessionFacts, stateOf } from './session-rules.ts'
import type { SessionStore, StoredSession } from './store/sessions.ts'
import type { Recovery } from './store/settings.ts'

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
  /** Somebody is there. */
  readonly seen: (identity: string) => Promise<void>
  readonly onChange: () => void
  /** A session of somebody who signed in is over. */
  readonly onEnd: (session: string) => Promise<void>
}

const saveEveryMs = 30_000
const tickMs = 1_000

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

  const save = async (live: Live): Promise<void> => {
    live.savedAt = clock.now()
    const stored = storedOf(live)
    if (!stored) return
    await store.save(stored)
    live.kept = true
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
    live.toldState = state(live)
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

  /** Whether the time alone has changed something since its owner was told. */
  const isDue = (live: Live): boolean =>
    state(live) !== live.toldState || (live.elevatedUntil !== null && clock.now() >= live.elevatedUntil)

  const tick = (): void => {
    for (const live of [...byKey.values()]) if (live.held && isDue(live)) settle(live)
  }
  const timer = setInterval(tick, tickMs)
  timer.unref()

  const touch = (live: Live): void => {
    if (state(live) !== 'signed-in') return
    live.lastSeenAt = clock.now()
    if (live.owner === null || live.lastSeenAt - live.savedAt < saveEveryMs) return
    background(save(live))
    background(ports.seen(live.owner.id))
  }

  const find = (id: string): Live | null => {
    for (const live of byKey.values()) if (live.id === id) return live
    return null
  }

  const refreshOwner = (live: Live, owner: Owner | null): void => {
    if (owner === null) forget(live)
    else {
      live.owner = owner
      settle(live)
    }
  }

  const take = async (stored: StoredSession): Promise<void> => {
    const owner = await ports.owner(stored.identity)
    if (byKey.has(stored.keyHash)) return
    const live: Live = {
      ...fresh(stored.keyHash, clock.now()),
      ...stored,
      savedAt: stored.lastSeenAt,
      owner,
      kept: true,
    }
    byKey.set(live.keyHash, live)
    settle(live)
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
      for (const stored of await store.list()) await take(stored)
    },

    /** Takes over what other applications did in a shared workspace: sessions that they opened and ended. */
    async sync(): Promise<void> {
      const before = [...byKey.values()].filter(({ kept }) => kept)
      const stored = await store.list()
      const ids = new Set(stored.map(({ id }) => id))
      const own = new Set([...byKey.values()].map(({ id }) => id))
      for (const live of before) if (live.kept && !ids.has(live.id)) forget(live)
      for (const session of stored) if (!own.has(session.id)) await take(session)
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
      if (live.listeners.size === 0) {
        live.told = seenOf(live)
        live.toldState = state(live)
      }
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
      const owner = await ports.owner(identity)
      for (const live of [...byKey.values()]) if (live.owner?.id === identity) refreshOwner(live, owner)
    },
    /** After settings or providers changed. */
    async refreshAll(): Promise<void> {
      const ids = new Set([...byKey.values()].flatMap(({ owner }) => (owner ? [owner.id] : [])))
      const owners = new Map<string, Owner | null>()
      for (const id of ids) owners.set(id, await ports.owner(id))
      for (const live of [...byKey.values()]) {
        const known = live.owner ? owners.get(live.owner.id) : undefined
        if (known === undefined) settle(live)
        else refreshOwner(live, known)
      }
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
