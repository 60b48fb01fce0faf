import { isIP } from 'node:net'
import { parseArgs } from 'node:util'

/** Where the server host listens. */
export type Listen = {
  readonly address: string
  readonly port: number
  /** PEM files; null for plain HTTP, which is only spoken on this machine. */
  readonly tls: { readonly cert: string; readonly key: string } | null
  /** Names it is reached by, besides its address and those in the certificate. */
  readonly hosts: readonly string[]
}

/** What the host understands when it starts. */
export type HostOptions = {
  readonly listen: Listen
  readonly data: string | undefined
  readonly readOnly: boolean
}

export const isLoopback = (address: string): boolean => address === '::1' || /^127(\.\d{1,3}){3}$/.test(address)

/** Reads the arguments of the server host. @throws Error with a sentence for a wrong one. */
export function readHostOptions(args: readonly string[]): HostOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '0' },
      listen: { type: 'string' },
      'tls-cert': { type: 'string' },
      'tls-key': { type: 'string' },
      host: { type: 'string', multiple: true, default: [] },
      data: { type: 'string' },
      'read-only': { type: 'boolean', default: false },
    },
    strict: true,
  })
  const { address, port } = values.listen === undefined ? loopbackAt(values.port) : readAddress(values.listen)
  const tls = readTls(values['tls-cert'], values['tls-key'])
  if (!isLoopback(address) && tls === null)
    throw new Error(
      `--listen ${address} is reached from other machines, so it needs a certificate: --tls-cert FILE --tls-key FILE.`,
    )
  return { listen: { address, port, tls, hosts: values.host }, data: values.data, readOnly: values['read-only'] }
}

const loopbackAt = (port: string): { address: string; port: number } => ({
  address: '127.0.0.1',
  port: readPort(port, `--port ${port}`),
})

/** `ADDRESS:PORT`; an IPv6 address stands in brackets. */
function readAddress(text: string): { address: string; port: number } {
  const at = text.lastIndexOf(':')
  const host = text.slice(0, at).replace(/^\[(.*)\]$/, '$1')
  const address = host === 'localhost' ? '127.0.0.1' : host
  if (at < 1 || isIP(address) === 0)
    throw new Error(`--listen ${text} is not an address and a port, like 0.0.0.0:8443 or [::]:8443.`)
  return { address, port: readPort(text.slice(at + 1), `--listen ${text}`) }
}

function readPort(text: string, option: string): number {
  const port = Number(text)
  if (text !== '' && Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new Error(option.startsWith('--port') ? `${option} is not a port number.` : `${option} names no port number.`)
}

function readTls(cert: string | undefined, key: string | undefined): Listen['tls'] {
  if (cert === undefined && key === undefined) return null
  if (cert !== undefined && key !== undefined) return { cert, key }
  throw new Error('--tls-cert and --tls-key belong together.')
}
