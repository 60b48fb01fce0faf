import type { Caller } from '#main/kernel/access/caller.ts'
import type { Verdict } from '#main/kernel/access/policy.ts'
import type { Handlers } from '#main/kernel/service.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'
import type { access } from '#preload/security/access.ts'
import type { Live } from '../live.ts'
import type { Access } from '../service.ts'

export type Ports = {
  readonly access: Access
  readonly vault: Vault
  /** The verdict of the one door; null for an operation that does not exist. */
  readonly judge: (caller: Caller, operation: string, environment: string | null) => Verdict | null
  /** Told when the vault was opened or closed; resolves when that has taken effect. */
  readonly onVault: () => Promise<void>
  /** Tells everybody something serious, where they will see it. */
  readonly notice: (text: string) => void
}

export type AccessHandlers = Handlers<typeof access>

/** The session of whoever calls. */
export function liveOf({ access }: Ports, caller: Caller): Live {
  const live = access.sessions.find(caller.session)
  if (live) return live
  throw new AppError('unauthenticated', 'This session is over.', { hint: 'Sign in again.' })
}

/** Whoever does to others what everybody may do to themselves needs the right to do it. */
export function requireAllowed({ judge }: Ports, caller: Caller, operation: string): void {
  const verdict = judge(caller, operation, null)
  if (verdict && !verdict.allowed) throw new AppError(verdict.code, verdict.reason, { hint: verdict.hint })
}

export const mayCall = ({ judge }: Ports, caller: Caller, operation: string): boolean =>
  judge(caller, operation, null)?.allowed === true
