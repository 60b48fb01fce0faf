import type { Caller } from '#main/kernel/access/caller.ts'
import type { Verdict } from '#main/kernel/access/policy.ts'
import type { Handlers } from '#main/kernel/service.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import type { access } from '#preload/security/access.ts'

type Ports = {
  readonly vault: Vault
  /** The verdict of the one door; null for an operation that does not exist. */
  readonly judge: (caller: Caller, operation: string) => Verdict | null
  /** Told when the vault was opened or closed; resolves when that has taken effect. */
  readonly onVault: () => Promise<void>
}

export function accessHandlers({ vault, judge, onVault }: Ports): Handlers<typeof access> {
  const changed = async () => {
    await onVault()
    return vault.status()
  }
  return {
    me: (_, { caller }) => ({ name: caller.name, role: caller.role, via: caller.via }),
    verdicts: ({ operations }, { caller }) =>
      Object.fromEntries(
        operations.map((name) => {
          const verdict = judge(caller, name)
          if (!verdict) return [name, { allowed: false, reason: 'There is no such operation.' }]
          return [
            name,
            { allowed: verdict.allowed, reason: verdict.allowed ? null : `${verdict.reason} ${verdict.hint}` },
          ]
        }),
      ),
    vault: () => vault.status(),
    async createVault({ passphrase }, { record }) {
      await vault.create(passphrase)
      record({ targets: ['vault'], before: { state: 'none' }, after: { state: 'unlocked', by: 'passphrase' } })
      return changed()
    },
    async unlockVault({ passphrase }, { record }) {
      await vault.unlock(passphrase)
      record({ targets: ['vault'], after: { state: 'unlocked' } })
      return changed()
    },
    async lockVault(_, { record }) {
      vault.lock()
      record({ targets: ['vault'], after: { state: 'locked' } })
      return changed()
    },
  }
}
