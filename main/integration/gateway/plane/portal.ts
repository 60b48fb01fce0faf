import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { servedDocument } from '../definition/consumer-document.ts'
import { type OpenApiDocument, openApiDocument } from '../openapi/document.ts'
import type { DefinitionConfig } from './config.ts'
import type { PortalConfig } from './config-definitions.ts'
import { type Asset, assetNames, portalAssets } from './portal-assets.ts'
import { portalPage } from './portal-page.ts'

export type PortalAsked = {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: IncomingHttpHeaders
}
export type PortalAnswer = { readonly status: number; readonly headers: readonly string[]; readonly body: Buffer }
/** The page about an API, and what belongs to it. */
export type Portal = (asked: PortalAsked) => Promise<PortalAnswer>

/** Nothing but its own files and this gateway: whatever a document says, it can neither run nor send anything. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
const always = [
  ...['content-security-policy', policy, 'x-content-type-options', 'nosniff', 'referrer-policy', 'no-referrer'],
  ...['cross-origin-opener-policy', 'same-origin'],
]
const forever = 'public, max-age=31536000, immutable'
const asked = 'no-cache'

/** The paths of a portal, each of which is routed exactly. */
export const portalPaths = (path: string): string[] =>
  ['', '/', '/openapi.json', ...assetNames.map((name) => `/${name}`)].map((each) => path + each)

export function createPortal({ path, credentials }: PortalConfig, { basePath, document }: DefinitionConfig): Portal {
  const made = new Map<string, Promise<Asset>>()
  const make = async (name: string): Promise<Asset> => {
    const read = openApiDocument.parse(JSON.parse(document))
    if (name !== '') return textAsset('application/json', inertJson(servedDocument(read, basePath, credentials)))
    return textAsset('text/html; charset=utf-8', portalPage(path, titleOf(read), await portalAssets()))
  }
  const assetAt = async (name: string): Promise<Asset | undefined> => {
    if (name !== '' && name !== 'openapi.json') return (await portalAssets()).get(name)
    const known = made.get(name) ?? make(name)
    made.set(name, known)
    return known
  }
  return async ({ method, path: at, query, headers }) => {
    if (method !== 'GET' && method !== 'HEAD') return plain(405, ['allow', 'GET, HEAD'])
    const asset = await assetAt(at.slice(path.length).replace(/^\//, ''))
    if (!asset) return plain(404, [])
    const lasting = query === `?v=${asset.digest}`
    const etag = `"${asset.digest}"`
    const flat = [...always, 'etag', etag, 'cache-control', lasting ? forever : asked, 'vary', 'accept-encoding']
    if (headers['if-none-match'] === etag) return { status: 304, headers: flat, body: Buffer.alloc(0) }
    const zipped = asset.zipped !== null && /\bgzip\b(?!\s*;\s*q=0)/.test(String(headers['accept-encoding'] ?? ''))
    return {
      status: 200,
      headers: [...flat, 'content-type', asset.type, ...(zipped ? ['content-encoding', 'gzip'] : [])],
      body: zipped && asset.zipped ? asset.zipped : asset.body,
    }
  }
}

const plain = (status: number, headers: readonly string[]): PortalAnswer => ({
  status,
  headers: [...always, ...headers],
  body: Buffer.alloc(0),
})

const titleOf = ({ info }: OpenApiDocument): string => {
  const title: unknown = typeof info === 'object' && info !== null && 'title' in info ? info.title : null
  return typeof title === 'string' && title !== '' ? title.slice(0, 200) : 'API'
}

function textAsset(type: string, text: string): Asset {
  const body = Buffer.from(text)
  return { type, body, zipped: null, digest: hash('sha256', body).slice(0, 32) }
}

const inertJson = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c')
