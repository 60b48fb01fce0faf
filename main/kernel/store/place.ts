import { hash } from 'node:crypto'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { AppError } from '#preload/contract/error.ts'

/** How the connection to the server is protected. */
export type PostgresTls =
  /** Only for a server on this machine. */
  | { readonly mode: 'off' }
  /** Certificate and host name are verified (libpq's verify-full) against the given CA, else those of the system. */
  | { readonly mode: 'verify-full'; readonly ca?: string; readonly certificate?: string; readonly key?: string }

/** Where a team workspace is, and who we are there. */
export type PostgresSettings = {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  /** Its tables live in a schema of their own. */
  readonly schema: string
  readonly tls: PostgresTls
  /** None where a client certificate or the server's trust of loopback says who we are. */
  readonly password?: string
}

export type WorkspacePlace =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly settings: PostgresSettings }

export const defaultSchema = 'framework0'

const schemaName = /^[a-z_][a-z0-9_]{0,47}$/

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

/**
 * Refuses settings that cannot be right before anything is sent.
 *
 * @throws AppError `invalid`, with the field in `at`.
 */
export function checkSettings({ host, port, schema, tls }: PostgresSettings): void {
  const wrong = (at: string, message: string, hint: string): AppError => new AppError('invalid', message, { at, hint })
  if (host.trim() === '' || host.includes('/') || /\s/.test(host))
    throw wrong('host', 'The host of the team workspace is not a host name.', 'Give a name or an address.')
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw wrong('port', `${port} is not a port.`, 'PostgreSQL usually listens on 5432.')
  if (!schemaName.test(schema) || schema.startsWith('pg_'))
    throw wrong('schema', `${schema} cannot be the schema.`, 'Use lower-case letters, digits and underscores.')
  if (tls.mode === 'off' && !isLoopback(host))
    throw wrong(
      'tls',
      `Without TLS the workspace and the password would travel to ${host} in the clear.`,
      'Use TLS; it may be off only for a server on this machine.',
    )
  if (tls.mode === 'verify-full' && (tls.certificate === undefined) !== (tls.key === undefined))
    throw wrong('tls.key', 'A client certificate and its key belong together.', 'Give both, or neither.')
}

/** What shows in the server's list of sessions; all connections of one process bear the same name. */
export const applicationName = (schema: string, instance: string): string =>
  `${applicationPrefix(schema)}${hostname().slice(0, 20)}:${process.pid} ${instance.slice(-4)}`

const longestSchemaShown = 20

/** The server keeps 63 bytes of a name; of a long schema it gets the beginning and a digest, so that no two are taken for one. */
export function applicationPrefix(schema: string): string {
  if (schema.length <= longestSchemaShown) return `framework0 ${schema} `
  return `framework0 ${schema.slice(0, longestSchemaShown - 9)}-${hash('sha256', schema, 'hex').slice(0, 8)} `
}
