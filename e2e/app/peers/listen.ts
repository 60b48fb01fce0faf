import type { Server, Socket } from 'node:net'

export type Listening = {
  readonly port: number
  /** The sockets that are open now. */
  readonly sockets: ReadonlySet<Socket>
  /** Stops listening and ends every live socket. */
  close(): Promise<void>
}

/** Listens on loopback (a free port unless one is given) and keeps count of live sockets, so that close is prompt. */
export async function listen(server: Server, port = 0): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The loopback interface gave no port.')
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return { port: address.port, sockets, close }
}
