import { type IncomingMessage, request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import type { Attempt } from './attempt.ts'
import { sendHead } from './client-side.ts'
import { serverNameOf } from './endpoint.ts'
import type { Ongoing, Upgrade } from './ongoing.ts'
import { answeredOn, lowered } from './request-headers.ts'
import { faultText, UpstreamError } from './upstream/upstream.ts'
import type { UpstreamRequest } from './upstream-request.ts'

export type Tunnel = { close(): void }

/** Carries an upgraded connection (WebSocket, RFC 6455): the upstream decides, then bytes pass both ways untouched. */
export function openTunnel(exchange: Ongoing, upstream: UpstreamRequest, attempt: Attempt, upgrade: Upgrade): Tunnel {
  const { protocol, tls, connectTimeoutMs } = attempt.backend.config
  const { host, port } = attempt.endpoint
  const headers = [...upstream.headers, 'connection', 'Upgrade', 'upgrade', 'websocket']
  const options = {
    host,
    port,
    method: upstream.method,
    path: upstream.path,
    headers,
    setHost: false,
    agent: false as const,
  }
  const secure = protocol === 'https' || protocol === 'h2'
  const authorities = tls?.authorities ?? []
  const outgoing = secure
    ? secureRequest({
        ...options,
        ...serverNameOf(attempt.backend.config, host),
        ...(authorities.length > 0 ? { ca: [...authorities] } : {}),
      })
    : plainRequest(options)
  outgoing.setTimeout(connectTimeoutMs, () => outgoing.destroy(new Error('timeout')))
  outgoing.on('error', (error) => attempt.failed(closedBy(error)))
  outgoing.on('upgrade', (answer, socket, head) => join(exchange, attempt, upgrade, { answer, socket, head }))
  outgoing.on('response', (answer) => decline(exchange, attempt, upgrade, answer))
  outgoing.end()
  return { close: () => outgoing.destroy() }
}

const closedBy = (error: Error): UpstreamError => new UpstreamError('closed', faultText(error))

type Opened = { readonly answer: IncomingMessage; readonly socket: Duplex; readonly head: Buffer }

function join(
  exchange: Ongoing,
  attempt: Attempt,
  { socket: client, head: early }: Upgrade,
  { answer, socket, head }: Opened,
): void {
  if (exchange.over) return void socket.destroy()
  const raw = answer.rawHeaders
  let text = `HTTP/1.1 ${answer.statusCode} Switching Protocols\r\n`
  for (let index = 0; index < raw.length; index += 2) text += `${raw[index]}: ${raw[index + 1]}\r\n`
  client.write(`${text}\r\n`)
  if (head.length > 0) client.write(head)
  if (early.length > 0) socket.write(early)
  if ('setTimeout' in socket && typeof socket.setTimeout === 'function') socket.setTimeout(0)
  client.pipe(socket)
  socket.pipe(client)
  attempt.settle(false)
  const over = (): void => {
    client.destroy()
    socket.destroy()
    exchange.complete(101, 'answered', null)
  }
  for (const side of [client, socket]) side.on('error', over).on('close', over)
}

function decline(exchange: Ongoing, attempt: Attempt, upgrade: Upgrade, answer: IncomingMessage): void {
  const status = answer.statusCode ?? 502
  if (exchange.over) return void answer.destroy()
  exchange.attachSocket(upgrade)
  sendHead(exchange.response, status, answeredOn(lowered(answer.rawHeaders)))
  answer.pipe(exchange.response)
  answer.on('end', () => {
    attempt.settle(status >= 500)
    exchange.complete(status, status >= 500 ? 'upstream5xx' : 'answered', 'upgrade declined')
  })
  answer.on('error', (error) => attempt.failed(closedBy(error)))
}
