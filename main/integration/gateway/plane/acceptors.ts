import { createServer, type Server, type Socket } from 'node:net'
import type { FromWorker } from './messages.ts'

/** A listening socket as node:net keeps it. Node sends it between processes, although its types know of servers only. */
export type ListeningHandle = { readonly close: () => void }

/**
 * How many handles a worker accepts over. libuv accepts one connection for each at each turn of its loop
 * (`uv__server_io`), so with one handle the last of a thousand clients that come at once under full load would wait
 * for a thousand turns, which are seconds. Each costs an `accept` that finds nothing when one client comes alone.
 */
const handles = process.platform === 'win32' ? 1 : 16

/** What accepts the connections of one address in one worker. */
export type Acceptors = {
  /** Takes no new connection. */
  close(): void
}

/**
 * In a worker: opens addresses, each over several handles of one listening socket. A handle needs a descriptor of its
 * own, and Node makes one only where a handle comes from another process, so the primary sends them back.
 */
export function createAcceptors(send: (message: FromWorker, handle: ListeningHandle) => void) {
  const waiting = new Map<number, (handle: ListeningHandle) => void>()
  let next = 0

  /** @throws the system's error when the address cannot be opened. */
  async function open(host: string, port: number, accept: (socket: Socket) => void): Promise<Acceptors> {
    const servers: Server[] = []
    // As node:http makes its own.
    const another = (): Server => {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, accept)
      servers.push(server)
      return server
    }
    const first = another()
    await listening(first, host, port)
    if (handles > 1)
      await new Promise<void>((resolve) => {
        const id = next++
        waiting.set(id, (handle) => {
          another()
            .on('error', () => {})
            .listen(handle)
          if (servers.length < handles) return
          waiting.delete(id)
          resolve()
        })
        send({ kind: 'share', id, times: handles - 1 }, handleOf(first))
      })
    return {
      close: () => {
        for (const server of servers) server.close()
      },
    }
  }

  return {
    open,
    /** A handle that the primary sent back. */
    came: (id: number, handle: ListeningHandle): void => waiting.get(id)?.(handle),
  }
}

const handleOf = (server: Server): ListeningHandle =>
  (server as unknown as { readonly _handle: ListeningHandle })._handle

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog: 4_096 }, () => {
      server.off('error', reject)
      server.on('error', () => {})
      resolve()
    })
  })
}
