import { lookup } from 'node:dns/promises'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type pg from 'pg'
import { certificateDetail } from '#main/engines/http/certificate-detail.ts'
import { storageError } from '#main/kernel/store/errors.ts'
import { type Migration, refuseForeignHistory } from '#main/kernel/store/migrate.ts'
import { checkSettings, type PostgresSettings } from '#main/kernel/store/place.ts'
import { clientConfig, connectClient, connectFailure, defaultLimits } from '#main/kernel/store/postgres-client.ts'
import { checkServer, readHistory } from '#main/kernel/store/postgres-migrate.ts'
import { AppError, asAppError } from '#preload/contract/error.ts'
import type { WorkspaceStep } from '#preload/lifecycle/workspace.ts'

type Outcome = { readonly detail: string; readonly hint?: string; readonly skipped?: true }
type Context = {
  readonly settings: PostgresSettings
  readonly migrations: readonly Migration[]
  /** Signed in since the step of that name. */
  client: pg.Client | null
}

const stepWithinMs = 6_000

const steps: readonly (readonly [WorkspaceStep['step'], (context: Context) => Promise<Outcome>])[] = [
  ['dns', findName],
  ['tcp', openConnection],
  ['tls', shakeHands],
  ['sign-in', signIn],
  ['version', readVersion],
  ['permissions', readPermissions],
  ['contents', readContents],
]

/**
 * The test of a team workspace before it is used, a step after the other; after one that failed the rest are skipped.
 * Nothing is changed on the server. Failures are steps: the iteration itself throws only for settings that are wrong.
 */
export async function* walkServer(
  settings: PostgresSettings,
  migrations: readonly Migration[],
  signal: AbortSignal,
): AsyncGenerator<WorkspaceStep> {
  checkSettings(settings)
  const context: Context = { settings, migrations, client: null }
  let failed = false
  try {
    for (const [step, work] of steps) {
      if (failed) {
        yield { step, status: 'skipped' }
        continue
      }
      yield { step, status: 'running' }
      const outcome = await perform(step, () => work(context), signal)
      failed = outcome.status === 'failed'
      yield outcome
    }
  } finally {
    await context.client?.end().catch(() => {})
  }
}

async function perform(
  step: WorkspaceStep['step'],
  work: () => Promise<Outcome>,
  signal: AbortSignal,
): Promise<WorkspaceStep> {
  const started = performance.now()
  const limit = AbortSignal.any([signal, AbortSignal.timeout(stepWithinMs)])
  const late = new Promise<never>((_, reject) =>
    limit.addEventListener('abort', () => reject(signal.aborted ? signal.reason : tooLate()), { once: true }),
  )
  try {
    const { skipped, ...outcome } = await Promise.race([work(), late])
    const ms = Math.round(performance.now() - started)
    return skipped ? { step, status: 'skipped', ...outcome } : { step, status: 'ok', ms, ...outcome }
  } catch (thrown) {
    signal.throwIfAborted()
    const failure = asAppError(storageError(thrown) ?? thrown)
    const hint = failure.hint === undefined ? {} : { hint: failure.hint }
    return { step, status: 'failed', ms: Math.round(performance.now() - started), detail: failure.message, ...hint }
  }
}

const tooLate = (): AppError =>
  new AppError('timeout', 'No answer came in time.', {
    hint: 'Check the VPN, and whether a firewall silently drops packets to this port.',
  })

async function findName({ settings: { host } }: Context): Promise<Outcome> {
  if (isIP(host) !== 0) return { detail: `${host} is an address; there is no name to look up.` }
  const found = await lookup(host, { all: true }).catch((cause: unknown) => {
    throw new AppError('unreachable', `${host} has no address.`, {
      hint: 'Check the spelling of the host, and whether the VPN that knows it is up.',
      cause,
    })
  })
  return { detail: `${host} is ${[...new Set(found.map(({ address }) => address))].join(', ')}.` }
}

/** A socket that is destroyed afterwards. */
async function withSocket<T>({ settings }: Context, work: (socket: Socket) => Promise<T>): Promise<T> {
  const socket = connect({ host: settings.host, port: settings.port })
  socket.setTimeout(stepWithinMs, () => socket.destroy())
  try {
    await event(socket, 'connect')
    return await work(socket)
  } catch (thrown) {
    throw connectFailure(settings, thrown)
  } finally {
    socket.on('error', () => {})
    socket.destroy()
  }
}

const event = <T>(socket: Socket, name: string): Promise<T> =>
  new Promise((resolve, reject) => {
    socket.once(name, resolve)
    socket.once('error', reject)
    socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))
  })

function openConnection(context: Context): Promise<Outcome> {
  return withSocket(context, async (socket) => ({
    detail: `Connected to ${socket.remoteAddress}:${socket.remotePort}.`,
  }))
}

/** SSLRequest (PostgreSQL protocol 3.0, message formats). */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

async function shakeHands(context: Context): Promise<Outcome> {
  const { settings } = context
  if (settings.tls.mode === 'off') return { skipped: true, detail: 'TLS is off; the server is on this machine.' }
  return withSocket(context, async (socket) => {
    socket.write(sslRequest)
    const answer = await event<Buffer>(socket, 'data')
    if (answer.toString() !== 'S') throw new Error('The server does not support SSL connections')
    const { ssl } = clientConfig(settings, defaultLimits)
    const name = isIP(settings.host) === 0 ? { servername: settings.host } : {}
    const secure = connectTls({ socket, host: settings.host, ...name, ...(typeof ssl === 'object' ? ssl : {}) })
    await event(secure, 'secureConnect')
    return certificateDetail(secure.getPeerCertificate(), secure.getProtocol(), Date.now())
  })
}

async function signIn(context: Context): Promise<Outcome> {
  const client = await connectClient(context.settings)
  context.client = client
  const { user, password } = context.settings
  return { detail: `Signed in as ${user}${password ? ', by SCRAM unless the server trusts us anyway' : ''}.` }
}

const signedIn = ({ client }: Context): pg.Client => {
  if (client) return client
  throw new Error('The step of signing in comes first.')
}

async function readVersion(context: Context): Promise<Outcome> {
  return { detail: `PostgreSQL ${await checkServer(signedIn(context))}` }
}

async function readPermissions(context: Context): Promise<Outcome> {
  const { schema, database, user } = context.settings
  const { rows } = await signedIn(context).query<{ there: number; usable: number; creates: number; standby: number }>(
    `select n.oid is not null as there,
       coalesce(has_schema_privilege(n.oid, 'create') and has_schema_privilege(n.oid, 'usage'), false) as usable,
       has_database_privilege(current_database(), 'create') as creates, pg_is_in_recovery() as standby
     from (select 1) as one left join pg_namespace n on n.nspname = $1`,
    [schema],
  )
  const [row] = rows
  if (row?.standby)
    throw new AppError('storage', 'This server is a standby, which only reads.', {
      hint: 'Give the address of its primary.',
    })
  if (row?.there ? row.usable : row?.creates)
    return {
      detail: row?.there
        ? `${user} may create tables in the schema ${schema}.`
        : `${user} may create the schema ${schema}.`,
    }
  throw new AppError(
    'forbidden',
    row?.there
      ? `${user} may not create tables in the schema ${schema}.`
      : `${user} may not create a schema in ${database}.`,
    {
      hint: row?.there
        ? `grant usage, create on schema ${schema} to "${user}"`
        : `create schema ${schema} authorization "${user}"`,
    },
  )
}

async function readContents(context: Context): Promise<Outcome> {
  const { settings, migrations } = context
  const applied = await readHistory(signedIn(context), settings.schema)
  refuseForeignHistory(applied, migrations, 'postgres')
  if (applied.length === 0) return { detail: 'There is nothing yet: this workspace can be moved here.' }
  const missing = migrations.length - applied.length
  return {
    detail:
      missing === 0 ? 'There is a workspace here.' : `There is a workspace here, ${missing} steps older than ours.`,
    hint: 'It can be used, but another cannot be moved over it unless it is empty.',
  }
}
