import { createHash, randomBytes } from 'node:crypto'
import { v7 as uuid } from 'uuid'
import type { WayIn } from '#main/kernel/access/caller.ts'
import type { SessionState } from '#preload/security/access.ts'
import type { Role } from '#preload/security/roles.ts'
import type { IdentityKind } from './store/identities.ts'
import type { StoredSession } from './store/sessions.ts'

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

/** One way in and who is behind it. Only sessions.ts changes it. */
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
  /** Whether it is in the workspace. */
  kept: boolean
  /** Set on a session of a personal workspace that was ended. */
  dismissed: boolean
  /** Whether its way in was opened here; in a shared workspace the others are another application's. */
  held: boolean
  told: string
  toldState: SessionState
  readonly listeners: Set<() => void>
}

export const newKey = (): string => randomBytes(32).toString('base64url')
export const hashOfKey = (key: string): string => createHash('sha256').update(key).digest('hex')

/** What there is to know of a fresh sign-in. */
export type Arrival = {
  readonly owner: Owner
  readonly provider: string
  readonly secondFactorDone: boolean
}

/** Whether nothing is lost with it: what is locked or was ended must be so again when the same key comes back. */
export const isDisposable = (live: Live): boolean => live.owner === null && !live.dismissed && !live.locked

export const blank = (now: number) =>
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
    kept: false,
    dismissed: false,
  }) satisfies Partial<Live>

export const fresh = (keyHash: string, now: number): Live => ({
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
  toldState: 'signed-out',
  listeners: new Set(),
})

export function storedOf(live: Live): StoredSession | null {
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
