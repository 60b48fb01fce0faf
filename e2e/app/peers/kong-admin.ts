/**
 * A stand-in for the Admin API of a Kong without a database, since Kong cannot be had where these tests run. It holds to
 * what Kong publishes of version 3.10: kong/api/routes/{config,health,kong}.lua, kong/db/declarative, the schemas of
 * kong/db/schema/entities and kong/plugins, as far as an export uses them, and spec/02-integration/04-admin_api/15-off_spec.lua.
 * The token is that of Kong Enterprise (Kong-Admin-Token). It proxies nothing: what a Kong does with a configuration is
 * not shown by it.
 */
import { hash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { stringify } from 'yaml'
import type { Certificate } from './certificates.ts'
import { type Counts, readDeclarative, unserialize } from './kong/declarative.ts'
import { isRecord, type Record } from './kong/schema.ts'
import { type Listening, listen } from './listen.ts'

const version = '3.10.0'
const emptyHash = '0'.repeat(32)

type Options = {
  readonly database?: 'off' | 'postgres'
  readonly token?: string
  readonly tls?: Certificate
  /** What it has before anybody gives it something, as a file that it was started with. */
  readonly config?: string
}

export type KongAdminPeer = {
  readonly url: string
  /** What was given to it last and taken; null where nothing was. */
  readonly config: () => string | null
  readonly hash: () => string
  /** How often a configuration was sent to it, taken or not. */
  readonly posts: () => number
  /** Gives it a configuration as somebody else would. */
  readonly give: (config: string) => Promise<number>
  /** Refuses this plugin from now on, as one does that has it not enabled. */
  readonly disable: (plugin: string | null) => void
  readonly stop: () => Promise<void>
  /** On the same port, without what it was given. */
  readonly start: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

type Answer = { readonly status: number; readonly body?: unknown }

export async function startKongAdmin({ database = 'off', token, tls, config }: Options = {}): Promise<KongAdminPeer> {
  let listening: Listening | null = null
  let has: { text: string; hash: string; entities: Counts } | null = null
  let disabled: string | null = null
  let posts = 0

  const take = (params: Record, checkHash: boolean, flatten: boolean): Answer => {
    if (database !== 'off')
      return {
        status: 400,
        body: { message: 'this endpoint is only available when Kong is configured to not use a database' },
      }
    const text = typeof params.config === 'string' ? params.config : null
    const document = params._format_version === undefined ? (text === null ? null : unserialize(text)) : params
    if (document === null) return { status: 400, body: { message: 'expected a declarative configuration' } }
    if (typeof document === 'string') return { status: 400, body: invalid({ error: document }) }
    const given = hash('md5', text ?? JSON.stringify(params))
    if (checkHash && text !== null && has?.hash === given) return { status: 304 }
    const read = readDeclarative(document)
    if (read.kind === 'refused')
      return {
        status: 400,
        body: flatten ? { ...invalid(read.fields), flattened_errors: read.flattened } : invalid(read.fields),
      }
    const unusable = (read.entities.plugins ?? []).filter(({ name }) => name === disabled)
    if (unusable.length > 0)
      return { status: 400, body: { ...invalid({}), flattened_errors: unusable.map(notEnabled) } }
    const empty = Object.keys(read.entities).length === 0
    has = { text: text ?? '', hash: empty ? emptyHash : given, entities: read.entities }
    return { status: 201, body: read.entities }
  }

  const respond = async (request: IncomingMessage): Promise<Answer> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://kong')
    if (token !== undefined && request.headers['kong-admin-token'] !== token)
      return { status: 401, body: { message: 'Invalid credentials. Token or User credentials required' } }
    if (pathname === '/config' && request.method === 'POST') {
      posts++
      const params = await jsonOf(request)
      const flatten = ['true', '1', 'on', 'yes'].includes((searchParams.get('flatten_errors') ?? '').toLowerCase())
      return take(params, searchParams.get('check_hash') === '1', flatten)
    }
    if (request.method !== 'GET') return { status: 405, body: { message: 'Method not allowed' } }
    const kind = pathname.slice(1)
    switch (kind) {
      case '':
        return {
          status: 200,
          body: { version, edition: 'community', configuration: { database, role: 'traditional' } },
        }
      case 'status':
        return {
          status: 200,
          body: database === 'off' ? { configuration_hash: has?.hash ?? emptyHash } : { database: { reachable: true } },
        }
      case 'config':
        return { status: 200, body: { config: stringify(has?.entities ?? {}) } }
      case 'services':
      case 'routes':
      case 'consumers':
      case 'plugins':
        return { status: 200, body: pageOf(has?.entities[kind] ?? [], searchParams) }
      default:
        return { status: 404, body: { message: 'Not found' } }
    }
  }

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    respond(request).then(
      ({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', server: `kong/${version}` })
        response.end(body === undefined ? undefined : JSON.stringify(body))
      },
      () => request.socket.destroy(),
    )
  }
  const start = async (port = 0): Promise<number> => {
    has = null
    if (config !== undefined) take({ config }, false, false)
    listening = await listen(tls === undefined ? createServer(answer) : createSecureServer(tls, answer), port)
    return listening.port
  }
  const stop = async (): Promise<void> => {
    await listening?.close()
    listening = null
  }
  const port = await start()
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    config: () => has?.text ?? null,
    hash: () => has?.hash ?? emptyHash,
    posts: () => posts,
    give: async (text) => take({ config: text }, false, true).status,
    disable: (plugin) => {
      disabled = plugin
    },
    stop,
    start: async () => void (await start(port)),
    [Symbol.asyncDispose]: stop,
  }
}

const invalid = (fields: Record) => ({
  ...{ code: 14, name: 'invalid declarative configuration', fields },
  message: `declarative config is invalid: ${JSON.stringify(fields)}`,
})

const notEnabled = (entity: Record) => ({
  ...{ entity_type: 'plugin', entity_name: entity.name, entity },
  errors: [
    {
      ...{ type: 'field', field: 'name' },
      message: `plugin '${entity.name}' not enabled; add it to the 'plugins' configuration property`,
    },
  ],
})

/** A page ends with where the next begins (kong/api/endpoints.lua). */
function pageOf(all: readonly Record[], asked: URLSearchParams) {
  const from = Number(Buffer.from(asked.get('offset') ?? '', 'base64url').toString() || 0)
  const to = from + Number(asked.get('size') ?? 100)
  const offset = to < all.length ? Buffer.from(String(to)).toString('base64url') : undefined
  return { data: all.slice(from, to), next: offset === undefined ? null : `?offset=${offset}`, offset }
}

async function jsonOf(request: IncomingMessage): Promise<Record> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  const body: unknown = text === '' ? {} : JSON.parse(text)
  return isRecord(body) ? body : {}
}
