import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { portalScript, portalStyle } from './portal-files.ts'

export type Asset = {
  readonly type: string
  readonly body: Buffer
  readonly zipped: Buffer | null
  /** Part of its address, so that a copy may be kept for ever. */
  readonly digest: string
}

const script = 'text/javascript; charset=utf-8'
const style = 'text/css; charset=utf-8'
const own = { 'portal.js': [script, portalScript], 'portal.css': [style, portalStyle] } as const

export const assetNames: readonly string[] = ['swagger-ui-bundle.js', 'swagger-ui.css', ...Object.keys(own)]

let read: Promise<ReadonlyMap<string, Asset>> | null = null

/** What every portal shows itself with: read when the first is opened, then kept in memory. */
export function portalAssets(): Promise<ReadonlyMap<string, Asset>> {
  read ??= readAll()
  read.catch(() => {
    read = null
  })
  return read
}

async function readAll(): Promise<ReadonlyMap<string, Asset>> {
  // In here: the bundler declares one of its own at the top of a file.
  const require = createRequire(import.meta.url)
  const library = [
    ['swagger-ui-bundle.js', script, require.resolve('swagger-ui-dist/swagger-ui-bundle.js')],
    ['swagger-ui.css', style, require.resolve('swagger-ui-dist/swagger-ui.css')],
  ] as const
  const files = library.map(async ([name, type, path]) => [name, await assetOf(type, await readFile(path))] as const)
  const texts = Object.entries(own).map(
    async ([name, [type, text]]) => [name, await assetOf(type, Buffer.from(text))] as const,
  )
  return new Map(await Promise.all([...files, ...texts]))
}

const zip = promisify(gzip)

async function assetOf(type: string, bytes: Buffer): Promise<Asset> {
  // Its source map is not served, and asking for it would only be answered 404.
  const body = Buffer.from(bytes.toString('utf8').replace(/\n\/[/*]# sourceMappingURL=[^\n]*\s*$/, '\n'))
  return { type, body, zipped: await zip(body), digest: hash('sha256', body).slice(0, 32) }
}
