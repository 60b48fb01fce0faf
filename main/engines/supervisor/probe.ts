import { get } from 'node:http'
import { connect } from 'node:net'
import type { ProcessSpec } from './spec.ts'

/** Good, or why not. */
export type ProbeResult = { readonly ok: true } | { readonly ok: false; readonly reason: string }

type Check = Pick<ProcessSpec['health'], 'path' | 'timeoutMs'>

/** Asks a process once whether it can serve: any 2xx or 3xx to GET `path`, or an accepted connection. */
export const probe = (port: number, { path, timeoutMs }: Check, host = '127.0.0.1'): Promise<ProbeResult> =>
  path === null ? probePort(host, port, timeoutMs) : probePath(host, port, path, timeoutMs)

const probePath = (host: string, port: number, path: string, timeoutMs: number): Promise<ProbeResult> =>
  new Promise((resolve) => {
    const request = get({ host, port, path, agent: false, timeout: timeoutMs }, (response) => {
      response.resume()
      const status = response.statusCode ?? 0
      resolve(status >= 200 && status < 400 ? { ok: true } : { ok: false, reason: `${path} answered ${status}.` })
    })
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)))
    request.on('error', (error) => resolve({ ok: false, reason: `${path} did not answer: ${error.message}.` }))
  })

const probePort = (host: string, port: number, timeoutMs: number): Promise<ProbeResult> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs })
    const end = (result: ProbeResult): void => {
      socket.destroy()
      resolve(result)
    }
    socket.once('connect', () => end({ ok: true }))
    socket.once('timeout', () => end({ ok: false, reason: `Port ${port} did not answer within ${timeoutMs} ms.` }))
    socket.once('error', (error) => end({ ok: false, reason: `Port ${port} did not answer: ${error.message}.` }))
  })
