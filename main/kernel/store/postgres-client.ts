import type { Duplex } from 'node:stream'
import { getCACertificates } from 'node:tls'
import pg from 'pg'
import { AppError } from '#preload/contract/error.ts'
import { isPostgresError, storageError } from './errors.ts'
import { checkSettings, type PostgresSettings } from './place.ts'

/** How long things may take, in milliseconds. */
export type PostgresLimits = {
  readonly connect: number
  /** The server gives a statement up after this. */
  readonly statement: number
  readonly lock: number
  /** Between two looks at whether the server still answers, and how long it has for that. */
  readonly heartbeat: number
}

export const defaultLimits: PostgresLimits = { connect: 5_000, statement: 30_000, lock: 10_000, heartbeat: 5_000 }

/** Object identifiers of the types that pg would give otherwise than SQLite does (pg_type.dat). */
const oid = { bool: 16, int8: 20, int2: 21, int4: 23, float4: 700, float8: 701, numeric: 1700, bytea: 17 } as const

const toNumber = (text: string): number => {
  const value = Number(text)
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new RangeError(`${text} is too large for a number.`)
  return value
}

const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  [oid.bool]: (text) => (text === 't' ? 1 : 0),
  [oid.int8]: toNumber,
  [oid.int2]: toNumber,
  [oid.int4]: toNumber,
  [oid.numeric]: toNumber,
  [oid.float4]: Number,
  [oid.float8]: Number,
  [oid.bytea]: (text) => Buffer.from(text.slice(2), 'hex'),
}

/** Values as SQLite gives them: numbers, text, bytes; a truth is 0 or 1, and a time or a JSON value its text. */
const types = { getTypeParser: (id: number) => parsers[id] ?? ((text: string) => text) }

/** Of connections that only look, and of those that migrate. */
const passing = 'framework0'

/** @throws AppError `invalid` for settings that cannot be right. */
export function clientConfig(settings: PostgresSettings, limits: PostgresLimits, name = passing): pg.ClientConfig {
  checkSettings(settings)
  const { host, port, database, user, schema, tls, password } = settings
  return {
    host,
    port,
    database,
    user,
    // A function, so that pg looks neither into the environment nor into a file of its own.
    password: () => {
      if (password) return password
      throw new AppError('unauthenticated', 'The team workspace asks for a password, and there is none.', {
        hint: 'Give it in the settings, or in FRAMEWORK0_WORKSPACE_PASSWORD.',
      })
    },
    ssl:
      tls.mode === 'off'
        ? false
        : {
            ca: tls.ca ?? [...getCACertificates('default'), ...getCACertificates('system')],
            minVersion: 'TLSv1.2',
            rejectUnauthorized: true,
            ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
            ...(tls.key === undefined ? {} : { key: tls.key }),
          },
    enableChannelBinding: tls.mode !== 'off',
    application_name: name,
    connectionTimeoutMillis: limits.connect,
    statement_timeout: limits.statement,
    lock_timeout: limits.lock,
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    options: `-c search_path=${schema} -c synchronous_commit=on -c client_min_messages=warning`,
    types,
  } as pg.ClientConfig
}

type Wire = { readonly stream: Duplex; on(event: string, listener: () => void): void }

/** The connection inside a client of pg, which its types do not show. */
export const wireOf = (client: pg.ClientBase): Wire => (client as unknown as { connection: Wire }).connection

/**
 * A client that never says its password in a form that can be used again: a server that asks for it in clear text or
 * as MD5 is hung up on. SCRAM (RFC 5802) proves to each side that the other knows it.
 */
export class CarefulClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config)
    // Before pg's own listeners, which then find the connection closed.
    for (const request of ['authenticationCleartextPassword', 'authenticationMD5Password'])
      wireOf(this).on(request, () => wireOf(this).stream.destroy(unsafePassword()))
  }
}

const unsafePassword = (): AppError =>
  new AppError('refused', 'The server wants the password in a form that could be stolen, so it was not sent.', {
    hint: 'Have password_encryption set to scram-sha-256, set the password again, and use scram-sha-256 in pg_hba.conf.',
    retryable: false,
  })

/** The connection itself broke, or the server ended it; as opposed to a statement that it refused. */
export function isConnectionFailure(thrown: unknown): boolean {
  if (isPostgresError(thrown)) {
    const { severity, code } = thrown as { severity: string; code: string }
    return severity === 'FATAL' || severity === 'PANIC' || code.startsWith('08')
  }
  if (!(thrown instanceof Error) || thrown instanceof AppError) return false
  if ('code' in thrown && socketCodes.has(String(thrown.code))) return true
  return /^(Connection terminated|timeout e|Client has encountered a connection error|Client was closed)/.test(
    thrown.message,
  )
}

const socketCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
])

const certificateCodes = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT_ALTNAME_INVALID|ERR_SSL_|ERR_TLS_)/

/** Why a connection could not be made, as a sentence. */
export function connectFailure({ host, port }: PostgresSettings, thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  const known = storageError(thrown)
  if (known) return known
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  const message = thrown instanceof Error ? thrown.message : ''
  const at = `${host}:${port}`
  if (certificateCodes.test(code))
    return new AppError('unreachable', `The certificate of ${at} is not accepted (${code}).`, {
      hint: 'Pin the CA that issued it in the settings, or use the host name it was made for.',
      retryable: false,
      cause: thrown,
    })
  if (message.includes('does not support SSL'))
    return new AppError('refused', `${at} does not speak TLS, so nothing was sent to it.`, {
      hint: 'Turn ssl on in postgresql.conf.',
      retryable: false,
      cause: thrown,
    })
  if (message.includes('SASL'))
    return new AppError('unauthenticated', 'The team workspace did not accept the user or the password.', {
      hint: 'Check both.',
      cause: thrown,
    })
  return new AppError('unreachable', `The team workspace does not answer at ${at}.`, {
    hint: 'Check the address, the network and whether the database server is running.',
    cause: thrown,
  })
}

/** A connection of its own, for work that must not wait for the others. @throws AppError as a sentence. */
export async function connectClient(
  settings: PostgresSettings,
  limits: PostgresLimits = defaultLimits,
  name = passing,
): Promise<CarefulClient> {
  const client = new CarefulClient(clientConfig(settings, limits, name))
  client.on('error', () => {}) // told again by whatever is asked of it next
  try {
    await client.connect()
    return client
  } catch (thrown) {
    await client.end().catch(() => {})
    throw connectFailure(settings, thrown)
  }
}
