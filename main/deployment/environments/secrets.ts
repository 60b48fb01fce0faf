import type { SecretWrite, Vault } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'

/** Where the vault keeps a secret of an environment. Neither part can hold a colon. */
export const secretId = (environment: string, name: string): string => `environment:${environment}:${name}`

/** The private key for its hosts is kept beside them, under a name that no variable can have. */
export const sshKeyName = 'ssh-key'

/** The secrets of one environment sealed for another, to be written together with it. @throws AppError `locked`. */
export async function copySecrets(
  vault: Pick<Vault, 'open' | 'prepare'>,
  names: readonly string[],
  from: string,
  to: string,
): Promise<SecretWrite> {
  const writes: SecretWrite[] = []
  for (const name of names) writes.push(await vault.prepare(secretId(to, name), await open(vault, from, name)))
  return async (trx) => {
    for (const write of writes) await write(trx)
  }
}

/** @throws AppError `locked`, or `not_found` when the vault lacks one. */
export async function openSecrets(
  vault: Pick<Vault, 'open'>,
  environment: string,
  names: readonly string[],
): Promise<Record<string, string>> {
  const opened = await Promise.all(names.map(async (name) => [name, await open(vault, environment, name)]))
  return Object.fromEntries(opened)
}

/** The vault knows only ids, so its own sentence could not say where to enter the secret again. */
async function open(vault: Pick<Vault, 'open'>, environment: string, name: string): Promise<string> {
  try {
    return await vault.open(secretId(environment, name))
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== 'not_found') throw thrown
    throw new AppError('not_found', `The secret ${name} of ${environment} is missing from the vault.`, {
      hint: 'Set it again.',
      cause: thrown,
    })
  }
}

type SshKey = { readonly privateKey: string; readonly passphrase: string }

/** @throws AppError `locked`, or `not_found` when none is set. */
export async function openSshKey(vault: Pick<Vault, 'open'>, environment: string, isSet: boolean): Promise<SshKey> {
  if (!isSet)
    throw new AppError('not_found', `No private key is set for the hosts of ${environment}.`, {
      hint: 'Set it under Secrets.',
    })
  return JSON.parse(await open(vault, environment, sshKeyName))
}
