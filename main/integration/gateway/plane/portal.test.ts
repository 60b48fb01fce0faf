import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '#e2e/app/peers/peer.ts'
import { gatewayImportInput } from '#preload/integration/gateway.ts'
import { consumerDocument } from '../definition/consumer-document.ts'
import { summaryOf } from '../file.ts'
import { readGatewayApi } from '../gateway-api.ts'
import { openApiDocument } from '../openapi/document.ts'
import { importOpenApi } from '../openapi/import.ts'
import { get, startPrimary, type Upstream, upstream } from './plane.fixture.ts'
import type { GatewayPrimary } from './primary.ts'

const noSecrets = { certificates: new Map(), authorities: new Map() } as const
const hostile = {
  openapi: '3.1.0',
  info: {
    title: '</title><script>alert(1)</script>',
    version: '1',
    'x-team': 'inside',
    contact: { url: 'javascript:alert(1)' },
  },
  servers: [{ url: 'https://inside.example/v1' }],
  paths: {
    '/pets': {
      servers: [{ url: 'https://inside.example/other' }],
      get: {
        description:
          '<img src=x onerror=alert(1)> [a](javascript:alert(1)) [b](JaVaScRiPt&#58;alert(1)) [c](&#106;avascript:alert(1)) [d](javascript\\:alert(1))',
        'x-handler': 'inside',
        externalDocs: { url: 'https://docs.example/pets' },
        parameters: [{ name: 'x-trace', in: 'header', schema: { type: 'string' } }],
        responses: {
          200: {
            content: { 'application/json': { schema: { properties: { 'x-kept': { type: 'string', 'x-gone': 1 } } } } },
          },
        },
      },
    },
    '/away': { $ref: 'https://evil.example/x.yaml' },
  },
  components: { schemas: { away: { $ref: 'https://evil.example/x.yaml' } } },
}

let up: Upstream
let primary: GatewayPrimary
let port: number
let summary: ReturnType<typeof summaryOf>
beforeAll(async () => {
  up = await upstream('up')
  port = await freePort()
  const { text } = importOpenApi(
    gatewayImportInput.parse({
      ...{ text: JSON.stringify(hostile), name: 'pets', hostname: 'api.example', port, portal: '/docs' },
      backends: [{ host: '127.0.0.1', port: up.port }],
    }),
  )
  const guard = `---
apiVersion: framework0.dev/v1
kind: RoutePolicy
metadata: { name: guard }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: v1-pets }]
  auth: { schemes: [{ kind: apiKey }, { kind: basic }] }
`
  const read = readGatewayApi(`${text}${guard}`, noSecrets)
  expect(read.problems).toEqual([])
  summary = summaryOf(read)
  primary = startPrimary()
  await primary.apply(read.config)
})
afterAll(async () => {
  await primary.close(200)
  await up.close()
})
const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  get(port, path, { method, headers: { host: 'api.example', ...headers } })

describe('the page about an API', () => {
  it('is found at the host of its routes and nowhere else, and the API needs its credentials still', async () => {
    expect(summary.portals).toEqual([`http://api.example:${port}/docs`])
    expect((await ask('/docs')).headers['content-type']).toContain('text/html')
    expect((await ask('/docs', { host: 'other.example' })).status).toBe(404)
    expect((await ask('/docs/other')).status).toBe(404)
    expect((await ask('/docs', {}, 'POST')).status).toBe(405)
    expect((await ask('/v1/pets')).status).toBe(401)
    expect(up.seen).toEqual([])
  })

  it('brings its own files, to be kept for ever by their addresses, and lets nothing else run', async () => {
    const { body, headers } = await ask('/docs')
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    const assets = [...body.matchAll(/(?:src|href)="(\/docs\/[^"]+\?v=[^"]+)"/g)].map(([, address = '']) => address)
    expect(assets).toHaveLength(4)
    for (const address of assets) {
      const { status, headers: told } = await ask(address)
      expect([status, told['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable'])
      const again = await ask(address, { 'if-none-match': told.etag ?? '' })
      expect([again.status, again.body]).toEqual([304, ''])
    }
    expect((await ask('/docs/portal.js?v=old')).headers['cache-control']).toBe('no-cache')
    const zipped = await fetchBytes(`${assets.find((each) => each.includes('.css'))}`)
    expect(gunzipSync(zipped).toString()).toContain('.swagger-ui')
  })

  it('tells of the API what consumers need: the gateway as its server, and what the gateway asks of them', async () => {
    const shown = JSON.parse((await ask('/docs/openapi.json')).body)
    expect(shown.servers).toEqual([{ url: '/v1' }])
    expect(Object.keys(shown.paths)).toEqual(['/pets'])
    expect(shown.security).toEqual([{ 'API key in x-api-key': [] }, { 'User name and password': [] }])
    expect(shown.paths['/pets'].get.parameters[0].name).toBe('x-trace')
    const [media] = Object.values<{ schema: unknown }>(shown.paths['/pets'].get.responses[200].content)
    expect(media?.schema).toEqual({ properties: { 'x-kept': { type: 'string' } } })
    expect(shown.paths['/pets'].get.externalDocs).toEqual({ url: 'https://docs.example/pets' })
  })

  it('keeps what is behind the gateway, and whatever could run, out of it', async () => {
    for (const path of ['/docs', '/docs/openapi.json']) {
      const { body } = await ask(path)
      expect(body).not.toMatch(/inside|evil\.example|<img|javascript\\*:|&#/)
      expect(body.match(/<script[^>]*>/g) ?? []).toEqual(
        path === '/docs'
          ? [
              expect.stringMatching(/^<script src="\/docs\/swagger/),
              expect.stringMatching(/^<script src="\/docs\/portal/),
            ]
          : [],
      )
    }
  })
})

it('no text of a document can begin an element or lead to a script', () => {
  const piece = fc.constantFrom(
    '<',
    'script',
    '>',
    '/',
    'javascript',
    ':',
    '&colon;',
    '!',
    '&#58;',
    '&#x3A;',
    ' ',
    'a',
    '\n',
    '`',
    '](',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('')
      const document = openApiDocument.parse({
        openapi: '3.1.0',
        info: { description: text },
        tags: [{ description: text }],
      })
      const shown = JSON.stringify(consumerDocument(document))
      expect(shown).not.toMatch(/<[A-Za-z/!?]|javascript[\s\\]*:|&(?!amp;|lt;)/)
    }),
    { numRuns: 500 },
  )
})

const fetchBytes = async (path: string): Promise<Buffer> => {
  const { request } = await import('node:http')
  return new Promise((resolve, reject) => {
    const headers = { host: 'api.example', 'accept-encoding': 'gzip' }
    request({ host: '127.0.0.1', port, path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(Buffer.concat(chunks)))
    })
      .on('error', reject)
      .end()
  })
}
