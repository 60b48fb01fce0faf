import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, Http2ServerRequest, Http2ServerResponse } from 'node:http2'

/** A request and its answer, of either version of HTTP. */
export type ClientRequest = IncomingMessage | Http2ServerRequest
export type ClientResponse = ServerResponse | Http2ServerResponse

export const isHttp2 = (request: ClientRequest): request is Http2ServerRequest => request instanceof Http2ServerRequest

export function hasBody(request: ClientRequest): boolean {
  if (isHttp2(request)) return !request.stream.endAfterHeaders
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  return encoding !== undefined || (length !== undefined && length !== '0')
}

/** Begins an answer. `flat` is a list of names and values, in lower case for HTTP/2. */
export function sendHead(response: ClientResponse, status: number, flat: string[]): void {
  if (!(response instanceof Http2ServerResponse)) {
    for (let index = 0; index < flat.length; index += 2) if (flat[index] === 'date') response.sendDate = false
    response.writeHead(status, flat)
    return
  }
  const headers: Record<string, string | string[]> = {}
  for (let index = 0; index < flat.length; index += 2) {
    const name = (flat[index] ?? '').toLowerCase()
    const value = flat[index + 1] ?? ''
    const before = headers[name]
    headers[name] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value]
  }
  response.writeHead(status, headers)
}

/** Cuts an answer off so that the client knows it is not whole. */
export function cutOff(response: ClientResponse): void {
  if (response instanceof Http2ServerResponse) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else response.destroy()
}

/** Makes this the last answer of its connection. */
export function lastOfConnection(response: ClientResponse): void {
  if (!(response instanceof Http2ServerResponse)) response.shouldKeepAlive = false
}

/** `trailers` are flat names and values. */
export function setTrailers(response: ClientResponse, trailers: readonly string[]): void {
  if (trailers.length === 0) return
  const present: Record<string, string> = {}
  for (let index = 0; index < trailers.length; index += 2) present[trailers[index] ?? ''] = trailers[index + 1] ?? ''
  response.addTrailers(present)
}
