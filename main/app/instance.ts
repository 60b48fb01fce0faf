import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { storageError } from '#main/kernel/store/errors.ts'
import { AppError } from '#preload/contract/error.ts'
import { closing } from './closing.ts'

/** Longest path a Unix socket may have on the systems we run on (104 on macOS, 108 on Linux). */
const longestSocketPath = 100

/**
 * The private socket of a data folder: owner-only, and the way in for the command line. A named pipe on Windows; a short path in an owner-only temporary folder where the data folder's own
 * path is too long for a socket.
 */
export function socketPath(dataFolder: string): string {
  const digest = createHash('sha256').update(dataFolder).digest('hex').slice(0, 16)
  if (process.platform === 'win32') return `\\\\.\\pipe\\framework0-${digest}`
  const inFolder = join(dataFolder, 'framework0.sock')
  if (inFolder.length <= longestSocketPath) return inFolder
  const folder = join(tmpdir(), `framework0-${userInfo().uid}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  return join(folder, `${digest}.sock`)
}

/** Whether an instance answers on the socket. */
export const isRunning = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

export type Instance = {
  readonly server: Server
  /** Begins to answer on the private socket. Called when everything that answers is in place. */
  readonly listen: () => Promise<void>
  readonly release: () => Promise<void>
}

/**
 * Claims a data folder by a lock that the system lets go when the process ends, however it ends. A socket found there
 * was left by an instance that was killed, and is replaced.
 *
 * @returns null when another instance has the folder.
 * @throws AppError `storage` when the folder cannot be written.
 */
export function claim(dataFolder: string): Instance | null {
  const lock = takeLock(dataFolder)
  if (!lock) return null
  const path = socketPath(dataFolder)
  const server = createServer()
  const close = closing(server)
  return {
    server,
    async listen() {
      if (process.platform !== 'win32') rmSync(path, { force: true })
      await new Promise<void>((resolve, reject) => {
        server.once('error', (error) => reject(storageError(error) ?? error))
        server.listen(path, resolve)
      })
      if (process.platform !== 'win32') chmodSync(path, 0o600)
    },
    async release() {
      if (server.listening) await close()
      lock.close()
    },
  }
}

/** Node has no file locks; an open exclusive transaction of SQLite is one, on every system. */
function takeLock(dataFolder: string): Database.Database | null {
  let lock: Database.Database | undefined
  try {
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
    lock = new Database(join(dataFolder, 'instance.lock'), { timeout: 0 })
    lock.exec('begin exclusive')
    return lock
  } catch (thrown) {
    lock?.close()
    if (thrown instanceof Database.SqliteError && thrown.code === 'SQLITE_BUSY') return null
    const unusable = new AppError('storage', `The data folder ${dataFolder} cannot be used.`, {
      hint: 'Choose another one with --data.',
      cause: thrown,
    })
    throw storageError(thrown) ?? unusable
  }
}

const startsWithinMs = 15_000

/**
 * Claims a data folder, or finds the instance that has it; one that is only starting is waited for.
 *
 * @returns null when another instance answers.
 * @throws AppError `unreachable` when another has the folder and does not answer.
 */
export async function claimOrFind(dataFolder: string, waitMs = startsWithinMs): Promise<Instance | null> {
  const path = socketPath(dataFolder)
  const deadline = performance.now() + waitMs
  for (;;) {
    const instance = claim(dataFolder)
    if (instance) return instance
    if (await isRunning(path)) return null
    if (performance.now() > deadline)
      throw new AppError('unreachable', 'Another process has this data folder open and does not answer.', {
        hint: 'A command may still be running in another terminal. Wait for it, or end it.',
      })
    await sleep(50)
  }
}
