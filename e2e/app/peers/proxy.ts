import { connect, createServer, type Socket } from 'node:net'
import { type Listening, listen } from './listen.ts'

export type Proxy = {
  /** The URL of the real server, seen through this proxy. The port stays the same through cut and restore. */
  readonly url: string
  readonly port: number
  /** Refuses new connections and resets the live ones. */
  cut(): Promise<void>
  /** Accepts connections and passes nothing on, in either direction. Live ones stop too. */
  stall(): Promise<void>
  restore(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A TCP proxy in front of a real server on loopback, which a test can break and mend. */
export async function startProxy(target: string): Promise<Proxy> {
  const url = new URL(target)
  const ends = { host: url.hostname, port: Number(url.port) }
  const state = { stalled: false, live: new Set<Socket>() }
  const open = (port?: number) =>
    listen(
      createServer({ allowHalfOpen: true }, (socket) => join(socket, ends, state)),
      port,
    )
  let listening: Listening | null = await open()
  const { port } = listening
  url.port = String(port)

  const cut = async () => {
    for (const socket of state.live) socket.resetAndDestroy()
    await listening?.close()
    listening = null
  }
  return {
    url: url.href.replace(/\/$/, ''),
    port,
    cut,
    stall: async () => {
      state.stalled = true
      for (const socket of state.live) socket.unpipe().pause()
      listening ??= await open(port)
    },
    restore: async () => {
      await cut()
      state.stalled = false
      listening = await open(port)
    },
    [Symbol.asyncDispose]: cut,
  }
}

type State = { stalled: boolean; readonly live: Set<Socket> }

function join(near: Socket, ends: { host: string; port: number }, state: State): void {
  follow(near, state)
  if (state.stalled) return
  const far = follow(connect(ends), state)
  near.pipe(far).pipe(near)
  near.once('close', () => far.destroy())
  far.once('error', () => near.resetAndDestroy())
  far.once('close', () => near.end())
}

function follow(socket: Socket, state: State): Socket {
  state.live.add(socket)
  socket.on('error', () => socket.destroy())
  return socket.once('close', () => state.live.delete(socket))
}
