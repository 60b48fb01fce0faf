import type { Server, Socket } from 'node:net'

/**
 * Remembers the connections of a server from now on. @returns a function that stops the server and ends them all:
 * upgraded ones too, which `closeAllConnections` leaves open and `close` would wait for.
 */
export function closing(server: Server): () => Promise<void> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
}
