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
const backlog = 4_096

/** What accepts the connections of one address in one worker. */
export type Acceptors = {
  /** Hands on the connections that came, and those to come; until then they wait. */
  begin(): void
  /** Takes no new connection. */
  close(): void
}

export type Address = {
  /** What the primary holds its socket under. */
  readonly key: string
  readonly host: string
  readonly port: number
  /** Whether the primary holds it already. */
  readonly held: boolean
}

/**
 * In a worker: opens addresses, each over several handles of one listening socket, which the primary holds. A handle needs
 * a descriptor of its own, and Node makes one only where a handle comes from another process, so the primary sends them.
 */
export function createAcceptors(send: (message: FromWorker, handle?: ListeningHandle) => void) {
  const waiting = new Map<number, (handle: ListeningHandle | undefined) => void>()
  let next = 0

  const sent = (times: number, ask: (id: number) => void): Promise<ListeningHandle[]> =>
    new Promise((resolve, reject) => {
      const came: ListeningHandle[] = []
      const id = next++
      const take = (handle: ListeningHandle | undefined): void => {
        if (handle) came.push(handle)
        if (handle && came.length < times) return
        waiting.delete(id)
        if (handle || times === 0) resolve(came)
        else reject(new Error('The socket is not held any more.'))
      }
      waiting.set(id, take)
      ask(id)
    })

  /** @throws the system's error when the address cannot be opened. */
  async function open({ key, host, port, held }: Address, accept: (socket: Socket) => void): Promise<Acceptors> {
    const servers: Server[] = []
    const early: Socket[] = []
    let begun = false
    const take = (socket: Socket): void => {
      if (begun) accept(socket)
      else early.push(socket.on('error', () => {}))
    }
    // As node:http makes its own.
    const another = (): Server => {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, take)
      servers.push(server)
      return server
    }
    let idle: ListeningHandle[]
    if (held) idle = await sent(handles, (id) => send({ kind: 'want', id, key, times: handles }))
    else {
      const first = another()
      await listening(first, host, port)
      const times = handles - 1
      idle = await sent(times, (id) => send({ kind: 'share', id, key, times }, handleOf(first)))
    }
    return {
      begin() {
        if (begun) return
        begun = true
        for (const handle of idle)
          another()
            .on('error', () => {})
            .listen(handle, backlog)
        idle = []
        for (const socket of early.splice(0)) if (!socket.destroyed) accept(socket)
      },
      close() {
        for (const server of servers) server.close()
        for (const handle of idle) handle.close()
        for (const socket of early.splice(0)) socket.destroy()
        idle = []
      },
    }
  }

  return {
    open,
    /** A handle that the primary sent; none where it has no more, or was asked for none. */
    came: (id: number, handle: ListeningHandle | undefined): void => waiting.get(id)?.(handle),
  }
}

const handleOf = (server: Server): ListeningHandle =>
  (server as unknown as { readonly _handle: ListeningHandle })._handle

/** Exclusive, for this worker alone binds it: node:cluster would bind it elsewhere, and close it with its last worker. */
function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog, exclusive: true }, () => {
      server.off('error', reject)
      server.on('error', () => {})
      resolve()
    })
  })
}
