import { X509Certificate } from 'node:crypto'
import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createSecureContext } from 'node:tls'
import type { Log } from '#main/kernel/log/log.ts'
import { isLoopback, type Listen } from './command-line.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

export type WebServer = {
  readonly server: Server | TlsServer
  readonly secure: boolean
  readonly port: () => number
  /** Whether other machines can reach it. */
  readonly open: boolean
  /** Whether a request was addressed to us by a name that no foreign page can have (DNS rebinding). */
  readonly isOwnHost: (request: IncomingMessage) => boolean
  /** Whether a request was made by our own page. */
  readonly isOwnOrigin: (request: IncomingMessage) => boolean
  /** Where people open it. */
  readonly origin: () => string
  readonly stopWatching: () => void
}

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]']
const looksEveryMs = 2_000
const wildcards: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

const inUrl = (address: string): string =>
  address.includes(':') && !address.startsWith('[') ? `[${address}]` : address

/** The names a certificate is for. A wildcard is no name that anybody types. */
function certificateNames(pem: string): string[] {
  const names = new X509Certificate(pem).subjectAltName ?? ''
  return names
    .split(', ')
    .map((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1] ?? '')
    .filter((name) => name !== '' && !name.includes('*'))
    .map((name) => inUrl(name.toLowerCase()))
}

/** A server that answers only to its own names; with TLS, a changed certificate is taken up without a restart. */
export function createWebServer({ address, tls, hosts }: Listen, log: Log, answer: Answer): WebServer {
  let certificate = tls ? readCertificate(tls) : null
  const server =
    certificate && tls ? createTlsServer({ ...certificate, minVersion: 'TLSv1.2' }, answer) : createPlainServer(answer)
  server.headersTimeout = 15_000
  server.requestTimeout = 60_000

  const reload = (): void => {
    if (!tls || !('setSecureContext' in server)) return
    try {
      const next = readCertificate(tls)
      server.setSecureContext({ ...next, minVersion: 'TLSv1.2' })
      certificate = next
      log.info('certificate reloaded', {})
    } catch (error) {
      log.error('certificate not reloaded: the old one stays', { error })
    }
  }
  if (tls)
    for (const file of [tls.cert, tls.key]) watchFile(file, { interval: looksEveryMs, persistent: false }, reload)

  const port = (): number => (server.address() as AddressInfo).port
  const scheme = tls ? 'https' : 'http'
  const names = (): readonly string[] => [
    ...hosts.map((host) => host.toLowerCase()),
    ...(certificate?.names ?? []),
    ...(wildcards.has(address) ? [] : [inUrl(address)]),
    ...(isLoopback(address) ? loopbackNames : []),
  ]
  const standardPort = tls ? 443 : 80
  const authority = (name: string): string => (port() === standardPort ? name : `${name}:${port()}`)

  return {
    server,
    secure: tls !== null,
    port,
    open: !isLoopback(address),
    isOwnHost: ({ headers }) => {
      const host = (headers.host ?? '').toLowerCase()
      return names().some((name) => host === `${name}:${port()}` || host === authority(name))
    },
    isOwnOrigin: ({ headers }) => headers.origin === `${scheme}://${headers.host}`,
    origin: () => `${scheme}://${authority(names()[0] ?? 'localhost')}`,
    stopWatching: () => {
      if (tls) for (const file of [tls.cert, tls.key]) unwatchFile(file, reload)
    },
  }
}

function readCertificate({ cert, key }: { readonly cert: string; readonly key: string }) {
  const pair = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  createSecureContext(pair) // throws for a key that is not the certificate's
  return { ...pair, names: certificateNames(pair.cert) }
}
