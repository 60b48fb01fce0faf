import { createServer } from 'node:net'

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

const openPort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
