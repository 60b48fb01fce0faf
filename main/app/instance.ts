import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

/** Longest path a Unix socket may have on the systems we run on (104 on macOS, 108 on Linux). */
const longestSocketPath = 100

/**
 * The private socket of a data folder: owner-only, the way in for the command line, and the proof that an instance
 * is running. A named pipe on Windows; a short path in an owner-only temporary folder where the data folder's own
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

export type Instance = { readonly server: Server; readonly release: () => Promise<void> }

/**
 * Claims a data folder by listening on its private socket. A socket that nobody answers was left by an instance that
 * was killed, and is replaced.
 *
 * @returns null when another instance has the folder.
 */
export async function claim(dataFolder: string): Promise<Instance | null> {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  const path = socketPath(dataFolder)
  for (let attempt = 0; attempt < 2; attempt++) {
    const server = createServer()
    const outcome = await listen(server, path)
    if (outcome === 'listening') {
      if (process.platform !== 'win32') chmodSync(path, 0o600)
      return { server, release: () => close(server) }
    }
    if (await isRunning(path)) return null
    rmSync(path, { force: true })
  }
  return null
}

const listen = (server: Server, path: string): Promise<'listening' | 'taken'> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve('taken') : reject(error),
    )
    server.listen(path, () => resolve('listening'))
  })

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.closeAllConnections()
    server.close(() => resolve())
  })
