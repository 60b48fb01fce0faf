import type { Endpoint } from '#main/engines/http/endpoint.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import type { ConnectionInput } from '#preload/fleet/connections.ts'
import type { StoredConnection } from './store.ts'

/** Names of the secrets a connection can have; each is a vault entry of its own. */
type SecretName = 'password' | 'token' | 'header' | 'key'

const allNames: readonly SecretName[] = ['password', 'token', 'header', 'key']

export const secretId = (connectionId: string, name: SecretName): string => `connection/${connectionId}/${name}`
export const secretIds = (connectionId: string): string[] => allNames.map((name) => secretId(connectionId, name))

/** Where the input holds a secret. */
export const placeOf = (name: SecretName): string =>
  name === 'key' ? 'tls.key' : name === 'header' ? 'auth.value' : `auth.${name}`

/** The secrets a person typed, by name. */
export function typedSecrets(input: ConnectionInput): Partial<Record<SecretName, string>> {
  const { auth, tls } = input
  return {
    ...(auth.kind === 'basic' && auth.password !== undefined ? { password: auth.password } : {}),
    ...(auth.kind === 'bearer' && auth.token !== undefined ? { token: auth.token } : {}),
    ...(auth.kind === 'header' && auth.value !== undefined ? { header: auth.value } : {}),
    ...(tls.key !== undefined ? { key: tls.key } : {}),
  }
}

/** The secrets that the settings of a connection call for. */
export function neededSecrets({ auth, tls }: Pick<StoredConnection, 'auth' | 'tls'>): SecretName[] {
  const forAuth: Record<StoredConnection['auth']['kind'], SecretName[]> = {
    none: [],
    basic: ['password'],
    bearer: ['token'],
    header: ['header'],
  }
  return [...forAuth[auth.kind], ...(tls.hasKey ? (['key'] as const) : [])]
}

/** Settings without secrets: what is stored in the open and shown again. */
export function withoutSecrets(input: ConnectionInput, hadKey: boolean): Pick<StoredConnection, 'auth' | 'tls'> {
  const { auth, tls } = input
  const shownAuth: StoredConnection['auth'] =
    auth.kind === 'basic'
      ? { kind: 'basic', username: auth.username }
      : auth.kind === 'header'
        ? { kind: 'header', name: auth.name }
        : { kind: auth.kind }
  const certificate = tls.certificate?.trim()
  return {
    auth: shownAuth,
    tls: {
      ...(tls.ca?.trim() ? { ca: tls.ca } : {}),
      ...(certificate ? { certificate: tls.certificate } : {}),
      hasKey: Boolean(certificate) && (tls.key !== undefined || hadKey),
    },
  }
}

/** The endpoint with its secrets opened. `typed` wins over the vault. @throws AppError `locked` or `not_found`. */
export async function openEndpoint(
  connection: Pick<StoredConnection, 'name' | 'url' | 'auth' | 'tls'>,
  storedUnder: string | null,
  typed: Partial<Record<SecretName, string>>,
  vault: Vault,
): Promise<Endpoint> {
  const secret = async (name: SecretName): Promise<string> =>
    typed[name] ?? (storedUnder === null ? '' : await vault.open(secretId(storedUnder, name)))
  const { auth, tls } = connection
  return {
    name: connection.name,
    url: connection.url,
    auth:
      auth.kind === 'basic'
        ? { kind: 'basic', username: auth.username, password: await secret('password') }
        : auth.kind === 'bearer'
          ? { kind: 'bearer', token: await secret('token') }
          : auth.kind === 'header'
            ? { kind: 'header', name: auth.name, value: await secret('header') }
            : { kind: 'none' },
    tls: {
      ...(tls.ca ? { ca: tls.ca } : {}),
      ...(tls.certificate ? { cert: tls.certificate } : {}),
      ...(tls.hasKey ? { key: await secret('key') } : {}),
    },
  }
}
