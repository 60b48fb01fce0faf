import type { Socket } from 'node:net'
import type { Port } from './channel.ts'

/** Longest message taken from the other side, in characters: one that never ends must not fill the memory. */
const longestMessage = 64 * 1024 * 1024

/** A line between two processes over a socket: one JSON value a line. What is not JSON ends the connection. */
export function socketPort(socket: Socket): Port {
  let rest = ''
  const listeners: ((message: unknown) => void)[] = []
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > longestMessage) return socket.destroy()
    try {
      for (const message of lines.map((line) => JSON.parse(line) as unknown))
        for (const each of listeners) each(message)
    } catch {
      socket.destroy()
    }
    return undefined
  })
  return {
    post: (message) => void socket.write(`${JSON.stringify(message)}\n`),
    listen: (listener) => void listeners.push(listener),
  }
}
