import type { Caller } from '#main/kernel/access/caller.ts'
import type { Grant, Resource } from '#main/kernel/access/policy.ts'
import type { Operation } from '#preload/contract/define.ts'
import type { Role } from '#preload/security/roles.ts'

/** Somebody who is known here, as they are now. */
export type KnownIdentity = {
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly groups: readonly string[]
  readonly disabled: boolean
}

/** A device whose key signs approvals. */
export type KnownDevice = {
  readonly id: string
  readonly identity: string
  /** Raw 32-byte Ed25519 public key, base64. */
  readonly publicKey: string
  readonly name: string
  readonly enrolledAt: string
  /** From when on its signatures are not accepted; null while they are. */
  readonly revokedAt: string | null
}

/** Whether the enrolment of a device is proven by the audit log, and if not, why. */
export type DeviceProof = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/** Who is known here. Owned by the capability access. */
export type Directory = {
  readonly identity: (id: string) => Promise<KnownIdentity | null>
  readonly device: (id: string) => Promise<KnownDevice | null>
  readonly deviceProof: (device: KnownDevice) => Promise<DeviceProof>
  /** Everybody who is an administrator and could sign in now. The owner of a personal workspace counts. */
  readonly administrators: () => Promise<readonly (KnownIdentity & { readonly personal: boolean })[]>
}

/** The operations behind the one door, for whoever asks before the call. */
export type Operations = {
  readonly find: (name: string) => Operation | null
  readonly resources: (name: string, input: unknown) => Promise<readonly Resource[]>
  /** Whether the audit log has an entry by this approval that succeeded or was interrupted, whatever its row says now. */
  readonly carriedOut: (approval: string) => Promise<boolean>
  /** Calls an operation by the one door. @throws AppError as the operation does. */
  readonly perform: (
    caller: Caller,
    operation: string,
    input: unknown,
    grant: Grant,
    signal: AbortSignal,
  ) => Promise<unknown>
}

/** A caller as a policy sees somebody who is not calling now: just proven, on no particular way in. */
export const asCaller = ({ id, name, roles, groups }: KnownIdentity, now: number, personal = false): Caller => ({
  id,
  name,
  roles,
  groups,
  personal,
  via: 'application',
  session: 'governance',
  source: null,
  state: 'signed-in',
  provenAt: now,
})
