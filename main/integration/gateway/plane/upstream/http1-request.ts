import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { fieldName, isFieldValue } from './field-names.ts'
import { type Outgoing, UpstreamError } from './upstream.ts'

/** The head of a request as bytes (Latin-1), and how its body is delimited. */
export type Head = {
  readonly text: string
  /** Bytes that the body has to have; null sends it in chunks. */
  readonly length: number | null
}

const digits = /^[0-9]{1,15}$/
const notInPath = /[^\x21-\x7e\x80-\xff]/

/** @throws UpstreamError `unsendable` for what could be taken for something else on the way. */
export function headOf({ method, path, headers, body }: Outgoing): Head {
  if (fieldName(method) === null || method === 'CONNECT') throw unsendable('its method')
  if (notInPath.test(path)) throw unsendable('its target')
  let text = `${method} ${path} HTTP/1.1\r\n`
  let length: string | null = null
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ''
    const value = headers[index + 1] ?? ''
    const lower = fieldName(name)
    if (lower === null || !isFieldValue(value)) throw unsendable(`its header ${name}`)
    if (lower === 'content-length') {
      if (length !== null || !digits.test(value)) throw unsendable('its length')
      length = value
    }
    text += `${name}: ${value}\r\n`
  }
  const declared = length === null ? null : Number(length)
  if (body === null) {
    if (declared !== null && declared !== 0) throw unsendable('its length')
    return { text: `${text}\r\n`, length: 0 }
  }
  if (declared !== null) return { text: `${text}\r\n`, length: declared }
  if (Buffer.isBuffer(body)) return { text: `${text}content-length: ${body.length}\r\n\r\n`, length: body.length }
  return { text: `${text}transfer-encoding: chunked\r\n\r\n`, length: null }
}

const unsendable = (what: string): UpstreamError =>
  new UpstreamError('unsendable', `The request cannot be sent: ${what} has what HTTP does not allow.`)

export type Pumping = { stop(): void }

type Pumped = {
  readonly socket: Socket
  readonly body: Readable
  readonly length: number | null
  readonly onProgress: () => void
  readonly onDone: () => void
  readonly onFailed: (why: string) => void
}

/** Sends a body as fast as it is taken. */
export function pump({ socket, body, length, onProgress, onDone, onFailed }: Pumped): Pumping {
  let sent = 0
  const onDrain = (): void => void body.resume()
  const onData = (chunk: Buffer): void => {
    if (chunk.length === 0) return
    sent += chunk.length
    if (length !== null && sent > length) return void fail('The body of the request is longer than it said.')
    onProgress()
    socket.cork()
    if (length === null) socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1')
    let room = socket.write(chunk)
    if (length === null) room = socket.write('\r\n', 'latin1')
    socket.uncork()
    if (!room) body.pause()
  }
  const onEnd = (): void => {
    if (length !== null && sent !== length) return void fail('The body of the request is shorter than it said.')
    stop()
    if (length === null) socket.write('0\r\n\r\n', 'latin1')
    onDone()
  }
  const onError = (error: Error): void => fail(error.message)
  const fail = (why: string): void => {
    stop()
    onFailed(why)
  }
  const stop = (): void => {
    body.off('data', onData).off('end', onEnd).off('error', onError)
    socket.off('drain', onDrain)
  }
  socket.on('drain', onDrain)
  body.on('data', onData).on('end', onEnd).on('error', onError)
  return { stop }
}
