import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { freePort } from '#e2e/app/peers/peer.ts'
import { type GatewayImportInput, gatewayImportInput } from '#preload/integration/gateway.ts'
import { readGatewayApi } from '../gateway-api.ts'
import { get, startPrimary, upstream } from '../plane/plane.fixture.ts'
import { createRouteTable } from '../plane/route-table.ts'
import { importOpenApi } from './import.ts'
import { pathPatterns } from './path-patterns.ts'

const noSecrets = { certificates: new Map(), authorities: new Map() } as const
const importing = (text: string, port = 8080, backend = 3000, more: Partial<GatewayImportInput> = {}) =>
  importOpenApi(
    gatewayImportInput.parse({
      ...more,
      ...{ text, name: 'pets', hostname: 'api.example', port, backends: [{ host: '127.0.0.1', port: backend }] },
    }),
  )

const petstore = `
openapi: 3.1.0
info: { title: Pets, version: "1" }
servers: [{ url: https://pets.example/v1 }, { url: https://test.pets.example/v1 }]
security: [{ key: [] }]
paths:
  /pets:
    get: { parameters: [{ name: limit, in: query }], responses: {} }
    post: { requestBody: { content: {} }, callbacks: { born: {} } }
  /pets/{petId}:
    get: { responses: {} }
    delete: { servers: [{ url: https://elsewhere.example }] }
  /pets/mine: { get: {} }
  /pets/{petId}/{thing}: { get: {} }
  /pets/{petId}/me: { get: {} }
  /reports/{year}.csv: { get: {} }
  /größe (cm): { get: {} }
  /shared: { $ref: "#/components/pathItems/shared" }
  /outside: { $ref: "https://evil.example/steal.yaml#/x" }
  /file: { $ref: "../../etc/passwd" }
  /circle: { $ref: "#/paths/~1circle" }
  /pets/{id}: { put: {} }
  /empty: { summary: nothing }
  no-slash: { get: {} }
  /query?x=1: { get: {} }
webhooks: { newPet: { post: {} } }
components:
  securitySchemes: { key: { type: apiKey, in: header, name: x-key } }
  pathItems: { shared: { patch: {} } }
`

describe('an OpenAPI document', () => {
  it('becomes routes that take its requests, a literal path before a template, and no others', async () => {
    await using up = await upstream('up')
    const { text, routes } = importing(petstore, await freePort(), up.port)
    const { config, problems } = readGatewayApi(text, noSecrets)
    expect(problems).toEqual([])
    expect(config.routes).toHaveLength(routes)
    const primary = startPrimary()
    try {
      const { listeners } = await primary.apply(config)
      const ask = async (method: string, path: string, host = 'api.example') =>
        (await get(listeners[0]?.port ?? 0, path, { method, headers: { host } })).status
      const routeOf = async (path: string) => {
        expect(await ask('GET', path)).toBe(200)
        return (await primary.accessLog({ limit: 1 }))[0]?.route
      }
      expect(await ask('POST', '/v1/pets')).toBe(200)
      expect(await routeOf('/v1/pets/7')).toBe('v1-pets-petid')
      expect(await routeOf('/v1/pets/mine')).toBe('v1-pets-mine')
      expect(await routeOf('/v1/pets/7/collar')).toBe('v1-pets-petid-thing')
      expect(await routeOf('/v1/pets/7/me')).toBe('v1-pets-petid-me')
      expect(await routeOf('/v1/reports/2026.csv')).toBe('v1-reports-year-csv')
      expect(await routeOf('/v1/gr%C3%B6%C3%9Fe%20(cm)')).toBe('v1-gr-e-cm')
      expect(await ask('PATCH', '/v1/shared')).toBe(200)
      for (const [method, path] of [
        ['PUT', '/v1/pets'],
        ['GET', '/pets'],
        ['GET', '/v1/reports/2026xcsv'],
        ['GET', '/v1/pets/7/collar/8'],
      ] as const)
        expect([path, await ask(method, path)]).toEqual([path, 404])
      expect(await ask('GET', '/v1/pets', 'other.example')).toBe(404)
    } finally {
      await primary.close(200)
    }
  })

  it('tells what of it was left out', () => {
    const told = importing(petstore).findings.map(({ path, message }) => `${path}: ${message}`)
    expect(told).toEqual([
      '/outside: It was left out: it stands in another document, https://evil.example/steal.yaml#/x.',
      '/file: It was left out: it stands in another document, ../../etc/passwd.',
      '/circle: It was left out: its reference leads in a circle.',
      '/pets/{id}: It means the same requests as /pets/{petId}, which gets them.',
      '/empty: It was left out: it has no operation.',
      'no-slash: It was left out: a path begins with /.',
      '/query?x=1: It was left out: a path has no ? and no #.',
      'servers: /v1 stands before every path, as the first server says. Requests go to the backend that was given, not to https://pets.example/v1. The other servers are left out.',
      'security: Nobody is asked who they are (key). Add a RoutePolicy with auth and a Consumer for that.',
      'servers: These have servers of their own, which are left out: DELETE /pets/{petId}.',
      'callbacks: Callbacks go the other way and are left out: POST /pets.',
      'webhooks: Webhooks go the other way and are left out: newPet.',
      'responses: Answers are not checked against their schemas.',
    ])
  })

  it('brings what its requests must be like, and tells what of that is not checked', () => {
    const asking = (value: unknown) =>
      JSON.stringify({
        openapi: '3.1.0',
        paths: { '/a': { post: value } },
        components: { schemas: { n: { type: 'number' } } },
      })
    const schema = { $ref: '#/components/schemas/n', format: 'pet', $dynamicRef: '#x', minContains: 1 }
    const { text, findings } = importing(
      asking({
        parameters: [
          { name: 'sid', in: 'cookie', schema },
          { name: 'filter', in: 'query', style: 'deepObject', schema: { type: 'object' } },
          { name: 'pipes', in: 'query', style: 'pipeDelimited', schema: { type: 'array' } },
          { name: 'doc', in: 'query', content: {} },
          { name: 'n', in: 'query', schema },
          { $ref: 'other.yaml#/p' },
        ],
        requestBody: {
          content: { 'text/csv': { schema: {} }, 'application/json': { schema: { $ref: 'other.yaml' } } },
        },
        responses: { 200: { description: 'x' } },
      }),
    )
    const { problems, config } = readGatewayApi(text, noSecrets)
    expect(problems).toEqual([])
    expect(config.routes[0]?.rules[0]?.definition).toBe('pets')
    expect(config.definitions?.[0]?.document).not.toContain('responses')
    expect(findings.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'paths: There is no check of parts of other documents: POST /a.',
      'paths: There is no check of parameters in cookies: POST /a.',
      'paths: There is no check of parameters that are objects: POST /a.',
      'paths: There is no check of the style “pipeDelimited”: POST /a.',
      'paths: There is no check of parameters that hold a document of their own: POST /a.',
      'paths: There is no check of the format “pet”: POST /a.',
      'paths: There is no check of the keyword “$dynamicRef”: POST /a.',
      'paths: There is no check of “minContains” without “contains”: POST /a.',
      'paths: There is no check of bodies that are no JSON: POST /a.',
      'paths: There is no check of schemas of other documents: POST /a.',
      'responses: Answers are not checked against their schemas.',
    ])
  })

  it('brings nothing of that where nobody wants it, or where it is longer than a file can hold', () => {
    const long = { name: 'q', in: 'query', description: 'x'.repeat(200_000), schema: { type: 'string' } }
    const text = JSON.stringify({ openapi: '3.1.0', paths: { '/a': { get: { parameters: [long] } } } })
    for (const more of [{}, { validate: false }]) {
      const imported = importing(text, 8080, 3000, more)
      expect(imported.text).not.toContain('APIDefinition')
      expect(imported.findings.map(({ message }) => message).join()).toMatch(/parameters and bodies are not checked/i)
    }
  })

  it('is refused at its place in the file where a pattern of it could be made to run for ever', () => {
    const schema = { type: 'string', pattern: '(?<=a)b' }
    const { text } = importing(
      JSON.stringify({
        openapi: '3.1.0',
        paths: { '/a': { get: { parameters: [{ name: 'q', in: 'query', schema }] } } },
      }),
    )
    expect(readGatewayApi(text, noSecrets).problems).toEqual([
      {
        document: 3,
        path: 'spec.document.paths/~1a/get/parameters/0/schema/pattern',
        message: expect.stringContaining('cannot match “(?<=a)b” in linear time'),
      },
    ])
  })

  it.each([
    ['a list', '[1]', 'This is no OpenAPI document.'],
    ['Swagger 2', '{"swagger":"2.0"}', 'This is Swagger 2, not OpenAPI 3.'],
    ['another version', 'openapi: 4.0.0', 'Version “4.0.0” is not known.'],
    ['what is no YAML', 'a: [', 'This is no YAML: '],
    ['paths that are none', '{"openapi":"3.1.0","paths":[]}', 'This is no OpenAPI 3 document. paths: '],
    ['one without paths', '{"openapi":"3.1.0"}', 'This document describes no path that can be routed.'],
    [
      'a billion laughs',
      `openapi: 3.1.0\na: &a [x]\n${'bcdefg'.replace(/./g, (c) => `${c}: &${c} [${'*'.concat(String.fromCharCode(c.charCodeAt(0) - 1), ', ').repeat(9)}]\n`)}`,
      'This text has too many aliases.',
    ],
  ])('is refused when it is %s', (_what, text, sentence) => {
    expect(() => importing(text)).toThrow(sentence)
  })

  it('is refused when it has more paths than a file can hold', () => {
    const paths = Object.fromEntries(Array.from({ length: 1_500 }, (_, at) => [`/p${at}`, { get: {} }]))
    expect(() => importing(JSON.stringify({ openapi: '3.0.3', paths }))).toThrow(
      '1500 paths, more than a file can hold',
    )
  })

  it('cannot write anything of its own into the file', () => {
    const anything = fc.string({ unit: 'grapheme', maxLength: 30 })
    fc.assert(
      fc.property(fc.array(anything, { minLength: 1, maxLength: 6 }), (ends) => {
        const paths = Object.fromEntries(ends.map((end) => [`/${end}`, { get: {} }]))
        const sure = { get: { description: ends.join('\n'), summary: ends[0] } }
        const text = JSON.stringify({ openapi: '3.1.0', paths: { ...paths, '/sure': sure } })
        const imported = importing(text, 8080, 3000, { portal: '/docs' })
        const { config, problems } = readGatewayApi(imported.text, noSecrets)
        expect(problems).toEqual([])
        expect(config.routes).toHaveLength(imported.routes + 1)
        expect(config.backends).toHaveLength(1)
        expect(config.definitions).toHaveLength(1)
      }),
      { numRuns: 200 },
    )
  })
})

it('of two paths that match a request, the gateway finds the one that is literal first', () => {
  const segment = fc.constantFrom('a', 'me', 'longer-word', '{x}', '{x}.csv')
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
  fc.assert(
    fc.property(fc.uniqueArray(path, { minLength: 2, maxLength: 12 }), (paths) => {
      const patterns = pathPatterns(paths)
      const table = createRouteTable(
        paths.map((each) => {
          const { kind, value } = patterns.get(each) ?? { kind: 'Exact', value: '' }
          const match = { kind: kind === 'Exact' ? ('exact' as const) : ('regex' as const), value }
          return { hostname: '*', match: { path: match, headers: [], query: [] }, target: each }
        }),
      )
      for (const asked of paths.map((each) => each.replaceAll('{x}', 'value'))) {
        const found = table({ host: 'h', path: asked, query: '', method: 'GET', headers: () => ({}) })
        expect(found?.target).toBe(mostLiteral(paths.filter((each) => matches(each, asked))))
      }
    }),
    { numRuns: 300 },
  )
})

const matches = (path: string, asked: string): boolean => {
  const [left, right] = [path.split('/'), asked.split('/')]
  const fits = (part: string, given = '') =>
    part === '{x}' ? given !== '' : part === '{x}.csv' ? /^.+\.csv$/.test(given) : part === given
  return left.length === right.length && left.every((part, at) => fits(part, right[at]))
}
const rank = (path: string): string =>
  path
    .split('/')
    .map((part) => (part === '{x}' ? '0' : part === '{x}.csv' ? '1' : '2'))
    .join('')
const mostLiteral = (paths: readonly string[]): string | undefined =>
  paths.toSorted((a, b) => (rank(a) < rank(b) ? 1 : -1))[0]
