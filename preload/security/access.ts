import { z } from 'zod'
import { command, defineContract, nothing, query, secret } from '../contract/define.ts'

export const role = z.enum(['admin', 'viewer'])
export type Role = z.infer<typeof role>

export const vaultStatus = z.object({
  /** `none`: nothing protects secrets yet; a passphrase must be chosen before the first secret is stored. */
  state: z.enum(['none', 'locked', 'unlocked']),
  /** What protects it. */
  by: z.enum(['keychain', 'passphrase']).nullable(),
  /** Why the keychain of this machine is not used; null when it is. */
  keychainUnavailable: z.string().nullable(),
})
export type VaultStatus = z.infer<typeof vaultStatus>

const passphrase = secret().refine((text) => text.length >= 12, 'Use at least 12 characters.')

export const access = defineContract({
  area: 'security',
  capability: 'access',
  summary: 'Who you are here, what you may do, and the vault that holds the secrets.',
  operations: {
    me: query({
      summary: 'Who you are, your role, and how you came in.',
      input: nothing,
      output: z.object({ name: z.string(), role, via: z.string() }),
    }),
    verdicts: query({
      summary: 'Which of these operations you may call, and if not, why.',
      input: z.object({ operations: z.array(z.string()).max(500) }),
      output: z.record(z.string(), z.object({ allowed: z.boolean(), reason: z.string().nullable() })),
    }),
    vault: query({ summary: 'Whether secrets can be stored and read now.', input: nothing, output: vaultStatus }),
    createVault: command({
      summary: 'Choose the passphrase that protects stored secrets.',
      input: z.object({ passphrase }),
      output: vaultStatus,
    }),
    unlockVault: command({
      summary: 'Unlock stored secrets with the passphrase.',
      input: z.object({ passphrase: secret() }),
      output: vaultStatus,
    }),
    lockVault: command({ summary: 'Lock stored secrets again.', input: nothing, output: vaultStatus }),
  },
})
