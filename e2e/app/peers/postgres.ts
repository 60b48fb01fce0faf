import { execFile, execFileSync } from 'node:child_process'
import { chown, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import type { Certificate } from './certificates.ts'
import { available, eventually, freePort, type Peer, startPeer, temporaryDirectory } from './peer.ts'

export type PostgresRecipe = {
  /** Serves TLS with this certificate; without it only in the clear. */
  readonly certificate?: Certificate
  /** The lines of pg_hba.conf; SCRAM for everybody on loopback unless given. */
  readonly hba?: string
  /** How passwords are kept: `scram-sha-256` unless given. */
  readonly passwordEncryption?: 'scram-sha-256' | 'md5'
  /** Of the databases; `en_US`-like collations differ from SQLite's. */
  readonly locale?: string
  readonly port?: number
}

export type PostgresPeer = Peer & {
  readonly host: '127.0.0.1'
  readonly port: number
  /** Owns the database `team` and nothing else. */
  readonly user: 'ana'
  readonly password: string
  readonly database: 'team'
  /** Runs statements as the superuser, by the Unix socket. */
  admin(...statements: readonly string[]): Promise<pg.QueryResult['rows']>
  /** Stops the server at once (`immediate` as a crash does) and starts it again on the same port and data. */
  restart(mode?: 'fast' | 'immediate', whileDown?: () => Promise<void>): Promise<void>
}

const bin = '/usr/lib/postgresql/15/bin'
const run = promisify(execFile)

/** Whether the real server can be started here. */
export const postgresAvailable = (): boolean => available(join(bin, 'postgres')) && available('runuser')

/** Starts the real PostgreSQL 15 of this machine on a free loopback port. It refuses root, so it runs as `postgres`. */
export async function startPostgres(recipe: PostgresRecipe = {}): Promise<PostgresPeer> {
  const directory = await temporaryDirectory('postgres')
  const port = recipe.port ?? (await freePort())
  const data = join(directory, 'data')
  const { uid, gid } = account()
  await chown(directory, uid, gid)
  const locale = recipe.locale ?? 'C.UTF-8'
  const layout = ['-D', data, '-U', 'postgres', '-E', 'UTF8', `--locale=${locale}`, '--auth=trust', '--no-sync']
  await run('runuser', ['-u', 'postgres', '--', join(bin, 'initdb'), ...layout], { cwd: directory })
  await configure(data, recipe, uid, gid)

  const launch = () =>
    startPeer({
      name: 'postgres',
      command: 'setpriv',
      args: [
        ...['--reuid', String(uid), '--regid', String(gid), '--clear-groups', '--pdeathsig', 'KILL'],
        ...[join(bin, 'postgres'), '-D', data, '-p', String(port), '-k', directory],
      ],
      url: `postgres://127.0.0.1:${port}`,
      directory,
      keepDirectory: true,
      ready: async () => (await asAdmin(directory, port, 'select 1')).length === 1,
    })
  let peer = await launch()
  const admin = (...statements: readonly string[]) => asAdmin(directory, port, ...statements)
  const password = 'correct horse battery staple'
  await admin(`create role ana login password '${password}'`, 'create database team owner ana')
  const stop = async () => {
    await halt(peer, 'SIGINT')
    await peer.stop()
    await run('rm', ['-rf', directory])
  }
  return {
    name: 'postgres',
    url: peer.url,
    directory,
    host: '127.0.0.1',
    port,
    user: 'ana',
    password,
    database: 'team',
    get pid() {
      return peer.pid
    },
    log: () => peer.log(),
    kill: (signal) => peer.kill(signal),
    admin,
    stop,
    async restart(mode = 'fast', whileDown = async () => {}) {
      await halt(peer, mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
      await whileDown()
      peer = await launch()
    },
    [Symbol.asyncDispose]: stop,
  }
}

function account(): { readonly uid: number; readonly gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function configure(data: string, recipe: PostgresRecipe, uid: number, gid: number): Promise<void> {
  const loopback = 'host all all 127.0.0.1/32 scram-sha-256\nhost all all ::1/128 scram-sha-256\n'
  await writeFile(join(data, 'pg_hba.conf'), `local all postgres trust\n${recipe.hba ?? loopback}`)
  const settings = [
    "listen_addresses = '127.0.0.1'",
    `password_encryption = '${recipe.passwordEncryption ?? 'scram-sha-256'}'`,
    'fsync = off', // the machine does not lose power during a test
    'log_min_messages = warning',
    ...(recipe.certificate ? ['ssl = on'] : []),
  ]
  await writeFile(join(data, 'postgresql.auto.conf'), `${settings.join('\n')}\n`)
  if (!recipe.certificate) return
  for (const [name, text] of [
    ['server.crt', recipe.certificate.cert],
    ['server.key', recipe.certificate.key],
  ] as const) {
    await writeFile(join(data, name), text, { mode: 0o600 })
    await chown(join(data, name), uid, gid)
  }
}

async function asAdmin(directory: string, port: number, ...statements: readonly string[]) {
  const client = new pg.Client({ host: directory, port, user: 'postgres', database: 'postgres' })
  client.on('error', () => {})
  await client.connect()
  try {
    let rows: pg.QueryResult['rows'] = []
    for (const statement of statements) ({ rows } = await client.query(statement))
    return rows
  } finally {
    await client.end()
  }
}

/** PostgreSQL stops by SIGINT with its sessions ended, and by SIGQUIT as if it had crashed. */
async function halt(peer: Peer, signal: NodeJS.Signals): Promise<void> {
  peer.kill(signal)
  const gone = await eventually(() => {
    try {
      process.kill(peer.pid, 0)
      return false
    } catch {
      return true
    }
  })
  if (!gone) throw new Error(`PostgreSQL did not stop:\n${peer.log().slice(-2_000)}`)
}
