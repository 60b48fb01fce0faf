import { createReadStream, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
}

/** The policy of every page we serve, on both hosts: our own files, nothing inline, no framing. */
export const contentSecurityPolicy =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
}

/** The file that a URL path names below `root`; `index.html` for the paths of screens; null for what is not there. */
export function fileFor(root: string, path: string): string | null {
  const decoded = safeDecode(path)
  if (decoded === null || decoded.includes('\0')) return null
  const file = normalize(join(root, decoded))
  if (file !== root && !file.startsWith(root + sep)) return null
  if (statSync(file, { throwIfNoEntry: false })?.isFile()) return file
  const isScreen = file === root || (extname(file) === '' && !file.startsWith(join(root, 'assets') + sep))
  return isScreen ? join(root, 'index.html') : null
}

function safeDecode(path: string): string | null {
  try {
    return decodeURIComponent(path)
  } catch {
    return null
  }
}

export const contentType = (file: string): string => types[extname(file)] ?? 'application/octet-stream'

/** Serves one file of the renderer. Hashed assets are kept by the browser, the page itself never. */
export function sendFile(request: IncomingMessage, response: ServerResponse, root: string, path: string): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405, securityHeaders).end()
  const file = fileFor(root, path)
  if (!file) return void response.writeHead(404, { ...securityHeaders, 'content-type': 'text/plain' }).end('Not found.')
  const hashed = file.includes(`${sep}assets${sep}`)
  response.writeHead(200, {
    ...securityHeaders,
    'content-type': contentType(file),
    'cache-control': hashed ? 'public, max-age=31536000, immutable' : 'no-store',
  })
  if (request.method === 'HEAD') return void response.end()
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response)
}
