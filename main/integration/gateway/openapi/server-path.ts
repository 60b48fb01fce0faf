import type { GatewayImport } from '#preload/integration/gateway.ts'
import type { OpenApiDocument } from './document.ts'

type Base = { readonly path: string; readonly findings: GatewayImport['findings'] }

/** The path that stands before every path of a document: those of its first server. Its host is not followed. */
export function serverPath({ servers }: OpenApiDocument): Base {
  const [first] = servers
  if (!first) return { path: '', findings: [] }
  const url = URL.parse(first.url, 'http://server.example/')
  if (!url || first.url.includes('{'))
    return {
      path: '',
      findings: [told(`The server ${first.url} has variables, so nothing of it stands before the paths.`)],
    }
  const path = url.pathname.replace(/\/+$/, '')
  const placed = path === '' ? 'Paths begin at the root' : `${path} stands before every path, as the first server says`
  const others = servers.length > 1 ? ' The other servers are left out.' : ''
  return {
    path,
    findings: [told(`${placed}. Requests go to the backend that was given, not to ${first.url}.${others}`)],
  }
}

const told = (message: string) => ({ path: 'servers', message })
