import { connect as connectPlain, type Socket, type TcpNetConnectOpts } from 'node:net'
import { type ConnectionOptions, connect as connectSecure } from 'node:tls'
import { Connection, Sending } from './http1-connection.ts'
import { headOf } from './http1-request.ts'
import { faultText, type UpstreamClient, UpstreamError } from './upstream.ts'

type Options = {
  readonly host: string
  readonly port: number
  /** Null speaks without TLS. */
  readonly tls: ConnectionOptions | null
  readonly connectTimeoutMs: number
  readonly maxConnections: number
}

const readBytes = 32_768

/** Requests to one endpoint over kept HTTP/1.1 connections; those beyond the most connections wait their turn. */
export function createHttp1Client(options: Options): UpstreamClient {
  const { connectTimeoutMs, maxConnections } = options
  const all = new Set<Connection>()
  /** The one used last comes first, so that those no longer needed become old. */
  const idle: Connection[] = []
  const waiting: Sending[] = []
  let opening = 0
  let closed = false

  const takeWaiting = (): Sending | null => {
    for (;;) {
      const next = waiting.shift()
      if (!next) return null
      if (next.receiver) return next
    }
  }
  const takeIdle = (): Connection | null => {
    for (;;) {
      const last = idle.pop()
      if (!last) return null
      if (last.usable) return last
      last.destroy()
    }
  }
  const holder = {
    onFree(connection: Connection): void {
      const next = takeWaiting()
      if (next) connection.carry(next)
      else if (closed) connection.destroy()
      else idle.push(connection)
    },
    onGone(connection: Connection): void {
      all.delete(connection)
      if (all.size === 0) watched.delete(all)
      const at = idle.indexOf(connection)
      if (at >= 0) idle.splice(at, 1)
      openMore()
    },
  }
  const openMore = (): void => {
    while (opening < waiting.length && all.size < maxConnections) open()
  }
  const open = (): void => {
    opening++
    let socket: Socket | null = null
    const connection = new Connection((onBytes) => {
      socket = openSocket(options, onBytes)
      return socket
    }, holder)
    all.add(connection)
    watch(all)
    if (socket !== null) settleOpening(socket, connection)
  }
  const settleOpening = (socket: Socket, connection: Connection): void => {
    let why: UpstreamError | null = null
    const timer = setTimeout(() => {
      why = new UpstreamError('connect timeout', `not connected within ${connectTimeoutMs} ms`)
      socket.destroy()
    }, connectTimeoutMs)
    const over = (): void => {
      clearTimeout(timer)
      socket
        .off(options.tls ? 'secureConnect' : 'connect', onOpen)
        .off('error', onError)
        .off('close', onClose)
      opening--
    }
    const onOpen = (): void => {
      over()
      holder.onFree(connection)
    }
    const onError = (error: Error): void => {
      why ??= new UpstreamError('connect', faultText(error))
    }
    const onClose = (): void => {
      over()
      // One connection that fails is one request that does: the others get theirs.
      takeWaiting()?.fail(why ?? new UpstreamError('connect', 'the server closed the connection'))
      openMore()
    }
    socket
      .on(options.tls ? 'secureConnect' : 'connect', onOpen)
      .on('error', onError)
      .on('close', onClose)
  }

  return {
    send(outgoing, receiver) {
      const sending = new Sending(outgoing, headOf(outgoing), receiver)
      const connection = takeIdle()
      if (connection) {
        connection.carry(sending)
        return sending
      }
      waiting.push(sending)
      openMore()
      return sending
    },
    close() {
      closed = true
      for (const connection of idle.splice(0)) connection.destroy()
    },
    destroy() {
      closed = true
      const given = waiting.splice(0)
      for (const connection of all) connection.destroy()
      for (const sending of given) sending.fail(new UpstreamError('closed', 'the gateway closes'))
    },
  }
}

function openSocket({ host, port, tls }: Options, onBytes: (bytes: Buffer) => void): Socket {
  const buffer = Buffer.allocUnsafeSlow(readBytes)
  const onread = {
    buffer,
    callback: (length: number): boolean => {
      onBytes(buffer.subarray(0, length))
      return true
    },
  }
  const address: TcpNetConnectOpts = { host, port, onread, noDelay: true }
  return tls ? connectSecure({ ...tls, ...address }) : connectPlain(address)
}

const tickMs = 100
const watched = new Set<ReadonlySet<Connection>>()
let ticking: NodeJS.Timeout | null = null

/** Looks after the deadlines of all connections with one timer: one for each request costs more than the request. */
function watch(connections: ReadonlySet<Connection>): void {
  watched.add(connections)
  ticking ??= setInterval(() => {
    const now = performance.now()
    for (const each of watched) for (const connection of each) if (connection.deadline <= now) connection.expire()
    if (watched.size > 0 || ticking === null) return
    clearInterval(ticking)
    ticking = null
  }, tickMs).unref()
}
