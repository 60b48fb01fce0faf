import type { Vault } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'
import type { FileConfig } from './gateway-plane.ts'
import type { PlaneConfigInput } from './plane/config.ts'
import type { KeyedCertificate } from './secret-references.ts'

const prefix = 'gateway-certificate:'
/** Where the vault keeps the private key of a certificate, and what stands for the key until it is opened. */
export const keyId = (certificate: string): string => `${prefix}${certificate}`

/** Every certificate of a configuration that has a private key. */
export const keyedOf = ({ listeners, backends }: PlaneConfigInput): KeyedCertificate[] => [
  ...listeners.flatMap(({ certificates = [] }) => certificates),
  ...backends.flatMap(({ tls }) => (tls?.clientCertificate ? [tls.clientCertificate] : [])),
]

/** The configuration with the private key of each certificate as told. */
export function withKeys(config: FileConfig, keyOf: (keyed: KeyedCertificate) => string): FileConfig {
  const changed = (keyed: KeyedCertificate): KeyedCertificate => ({ ...keyed, privateKey: keyOf(keyed) })
  return {
    ...config,
    listeners: config.listeners.map((each) => ({ ...each, certificates: (each.certificates ?? []).map(changed) })),
    backends: config.backends.map((each) =>
      each.tls?.clientCertificate
        ? { ...each, tls: { ...each.tls, clientCertificate: changed(each.tls.clientCertificate) } }
        : each,
    ),
  }
}

/** The configuration with its private keys, for the gateway alone. @throws AppError `locked`, or `not_found`. */
export async function openKeys(config: FileConfig, vault: Pick<Vault, 'open'>): Promise<FileConfig> {
  const ids = [...new Set(keyedOf(config).map(({ privateKey }) => privateKey))]
  const opened = new Map(await Promise.all(ids.map(async (id) => [id, await open(vault, id)] as const)))
  return withKeys(config, ({ privateKey }) => opened.get(privateKey) ?? '')
}

/** The vault knows only ids, so its own sentences could not say what is missing. */
async function open(vault: Pick<Vault, 'open'>, id: string): Promise<string> {
  try {
    return await vault.open(id)
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    const name = id.slice(prefix.length)
    if (thrown.code === 'locked')
      throw new AppError('locked', `The vault is locked, so the private key of “${name}” cannot be used.`, {
        hint: 'Unlock the vault.',
        cause: thrown,
      })
    throw new AppError('not_found', `The private key of “${name}” is missing from the vault.`, {
      hint: 'Replace the certificate.',
      cause: thrown,
    })
  }
}
