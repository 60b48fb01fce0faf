import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below what systems give to connections that go out: one of those must not hold the port of a service that comes back. */
const first = 20_000
const last = 29_999
const tries = 100
const mostRemembered = 1_000
const given = new Set<number>()

/**
 * A port of loopback that nobody listens on now, and that this process was not told of lately: programs take their time
 * to listen. Whoever else takes it between this answer and its use is noticed there.
 */
export async function freePort(): Promise<number> {
  let port = await openPort()
  while (given.has(port)) port = await openPort()
  given.add(port)
  for (const oldest of given) if (given.size > mostRemembered) given.delete(oldest)
  return port
}

/** Drawn by lot, since others draw, too; any that the system has where a hundred were taken. */
async function openPort(): Promise<number> {
  for (let tried = 0; tried < tries; tried++) {
    const port = await opened(randomInt(first, last + 1)).catch(() => null)
    if (port !== null) return port
  }
  return opened(0)
}

const opened = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
