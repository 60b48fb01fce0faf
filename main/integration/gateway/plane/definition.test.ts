import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PlaneConfigInput } from './config.ts'
import { backend, get, type Plane, plane, raw, route, statuses, type Upstream, upstream } from './plane.fixture.ts'

const pet = {
  type: 'object',
  required: ['id', 'name'],
  additionalProperties: false,
  properties: {
    id: { type: 'integer', readOnly: true },
    name: { type: 'string', pattern: '^[a-z]+$', maxLength: 20 },
    born: { type: 'string', format: 'date' },
    young: { type: 'array', uniqueItems: true, items: { $ref: '#/components/schemas/pet' } },
  },
}
const document = {
  openapi: '3.1.0',
  info: { title: 'Pets', version: '1' },
  paths: {
    '/pets': {
      get: {
        parameters: [
          { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100 } },
          { name: 'tag', in: 'query', schema: { type: 'array', maxItems: 2, items: { enum: ['cat', 'dog'] } } },
          { name: 'ids', in: 'query', explode: false, schema: { type: 'array', items: { type: 'integer' } } },
          { name: 'X-Team', in: 'header', required: true, schema: { type: 'string', minLength: 2 } },
        ],
      },
      post: {
        requestBody: {
          required: true,
          content: {
            'application/json': { schema: { $ref: '#/components/schemas/pet' } },
            'text/plain': { schema: { type: 'string' } },
          },
        },
      },
    },
    '/pets/{id}': { get: { parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }] } },
    '/free': { post: {} },
  },
  components: { schemas: { pet } },
}
const configOf = (port: number, described: unknown = document, rule = {}): Partial<PlaneConfigInput> => ({
  backends: [backend('b', port)],
  routes: [
    route(
      'pets',
      {
        ...rule,
        backends: [{ backend: 'b' }],
        definition: 'pets',
        matches: [{ path: { kind: 'prefix', value: '/v1' } }],
      },
      { backends: [{ backend: 'b' }] },
    ),
  ],
  definitions: [{ name: 'pets', basePath: '/v1', document: JSON.stringify(described) }],
})

let up: Upstream
let gateway: Plane
beforeAll(async () => {
  up = await upstream('up')
  gateway = await plane(configOf(up.port, document, { bodyLimitBytes: 2_000 }))
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await up.close()
})
const team = { 'x-team': 'zoo' }
const json = { 'content-type': 'application/json' }
const ask = async (
  path: string,
  headers: Record<string, string> = team,
  body?: string,
  method = body === undefined ? 'GET' : 'POST',
) => {
  const answer = await get(gateway.port, path, { method, headers, ...(body === undefined ? {} : { body }) })
  return { ...answer, told: answer.headers['content-type'] === 'application/problem+json' ? told(answer.body) : null }
}
const told = (body: string): string[] =>
  JSON.parse(body).errors.map((each: Record<string, string>) =>
    [each.in, each.name, each.pointer, each.detail].filter((part) => part !== undefined && part !== '#').join(' '),
  )
const post = (body: string, type = 'application/json') => ask('/v1/pets', { 'content-type': type }, body)

describe('a request whose API is defined', () => {
  it.each([
    ['/v1/pets', team],
    ['/v1/pets?limit=100&tag=cat&tag=dog&ids=1,2,3&other=%20', team],
    ['/v1/pets?limit=1e1', team],
    ['/v1/pets/12', {}],
    ['/v1/unknown?limit=x', {}],
  ])('goes on where it is as described: %s', async (path, headers) => {
    expect((await ask(path, headers)).status).toBe(200)
    expect(up.seen.at(-1)?.url).toBe(path)
  })

  it.each([
    ['/v1/pets?limit=0', team, ['query limit It must be >= 1.']],
    ['/v1/pets?limit=many', team, ['query limit It must be integer.']],
    ['/v1/pets?limit=1&limit=2', team, ['query limit It is given more than once.']],
    ['/v1/pets?li%6Dit=x', team, ['query limit It must be integer.']],
    ['/v1/pets?tag=cow', team, ['query tag #/0 It must be one of ["cat","dog"].']],
    ['/v1/pets?tag=cat&tag=dog&tag=cat', team, ['query tag It must NOT have more than 2 items.']],
    ['/v1/pets?ids=1,x', team, ['query ids #/1 It must be integer.']],
    ['/v1/pets?limit=%ff', team, ['query limit It is not encoded as it should be.']],
    ['/v1/pets', {}, ['header x-team It is missing.']],
    [
      '/v1/pets?limit=0',
      { 'x-team': 'a' },
      ['query limit It must be >= 1.', 'header x-team It must NOT have fewer than 2 characters.'],
    ],
    ['/v1/pets/twelve', {}, ['path id It must be integer.']],
  ])('is refused with what is wrong where: %s', async (path, headers, faults) => {
    const before = up.seen.length
    const answer = await ask(path, headers)
    expect(answer.status).toBe(400)
    for (const fault of faults) expect(answer.told).toContain(fault)
    expect(up.seen).toHaveLength(before)
  })

  it.each([
    ['{"name":"rex"}', 'application/json', 200, null],
    [
      '{"name":"rex","born":"2026-02-03","young":[{"name":"a"},{"name":"b"}]}',
      'application/json; charset=UTF-8',
      200,
      null,
    ],
    ['anything', 'text/plain', 200, null],
    ['{}', 'application/json', 400, 'body #/name It is missing.'],
    ['{"name":"Rex"}', 'application/json', 400, 'body #/name It must match pattern "^[a-z]+$".'],
    ['{"name":"rex","born":"2026-02-30"}', 'application/json', 400, 'body #/born It must match format "date".'],
    [
      '{"name":"rex","young":[{"name":"a"},{"name":"a"}]}',
      'application/json',
      400,
      'body #/young Its items must differ.',
    ],
    ['{"name":"rex","<b>":1}', 'application/json', 400, 'body #/%3Cb%3E There is no such property.'],
    ['{"name":"Rex","name":"rex"}', 'application/json', 400, 'body An object in it has a name twice.'],
    ['{"name":', 'application/json', 400, 'body It is no JSON.'],
    ['', 'application/json', 400, 'body It is missing.'],
    ['[', 'application/xml', 415, 'body The body must be application/json or text/plain.'],
    ['{"name":"rex"}', 'application/json; charset=utf-16', 415, 'body The body must be UTF-8.'],
  ])('has its body checked: %s as %s', async (body, type, status, fault) => {
    const before = up.seen.length
    const answer = await post(body, type)
    expect([answer.status, answer.told?.[0] ?? null]).toEqual([status, fault])
    if (status === 200) expect(up.seen.at(-1)?.body).toBe(body)
    else expect(up.seen).toHaveLength(before)
  })

  it('has a body that is compressed, too deep or too large refused, whether its length is told or not', async () => {
    const gzip = { ...json, 'content-encoding': 'gzip' }
    expect((await ask('/v1/pets', gzip, 'x')).status).toBe(415)
    const deep = `${'{"young":['.repeat(40)}${']}'.repeat(40)}`
    expect((await post(deep)).told).toEqual(['body It is nested more than 64 levels deep.'])
    expect((await post(`{"name":"${'a'.repeat(3_000)}"}`)).status).toBe(413)
    const chunk = `400\r\n${'a'.repeat(1_024)}\r\n`
    const head =
      'POST /v1/pets HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n'
    expect(statuses(await raw(gateway.port, head + chunk.repeat(3)))).toEqual([413])
    const whole = '{"name":"rex"}'
    expect(statuses(await raw(gateway.port, `${head}${whole.length.toString(16)}\r\n${whole}\r\n0\r\n\r\n`))).toEqual([
      200,
    ])
    expect(up.seen.at(-1)?.body).toBe(whole)
  })

  it('is counted and logged apart, and what no definition governs is not looked at', async () => {
    await ask('/v1/pets?limit=0')
    const [entry] = await gateway.primary.accessLog({ limit: 1 })
    expect([entry?.status, entry?.reason, entry?.backend]).toEqual([400, 'request not as described', null])
    expect(await gateway.primary.metrics()).toMatch(/invalid_requests_total\{route="pets",backend=""\} [1-9]/)
    for (const [path, body] of [
      ['/pets?limit=0', undefined],
      ['/v1/free', 'not json'],
    ] as const)
      expect((await ask(path, {}, body)).status).toBe(200)
  })

  it('never waits for a body of somebody who went away, nor forgets the next', async () => {
    const socket = connect(gateway.port, '127.0.0.1')
    socket.write(
      'POST /v1/pets HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 14\r\n\r\n{"name"',
    )
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.destroy()
    await expect.poll(async () => (await gateway.primary.accessLog({ limit: 1 }))[0]?.reason).toBe('client went away')
    expect((await post('{"name":"rex"}')).status).toBe(200)
  })
})

describe('a definition', () => {
  const bodyOf = (schema: unknown, more = {}) => ({
    openapi: '3.1.0',
    ...{
      paths: { '/x': { post: { requestBody: { content: { 'application/json': { schema } } } } } },
      components: { schemas: more },
    },
  })
  const at = 'definitions.0.document.paths/~1x/post/requestBody/content/application~1json/schema'
  it.each([
    ['a pattern that looks around', bodyOf({ pattern: '(?=a)b' }), `${at}/pattern`, 'in linear time'],
    [
      'a pattern that repeats repetition',
      bodyOf({ pattern: '((a{0,100}){0,100}){0,100}' }),
      `${at}/pattern`,
      'repeats more',
    ],
    [
      'a schema that is none',
      bodyOf({ properties: { a: { type: 'text' } } }),
      `${at}/properties/a/type`,
      'must be equal',
    ],
    [
      'a reference to nothing',
      bodyOf({ $ref: '#/components/schemas/no' }),
      `${at}/$ref`,
      'There is no #/components/schemas/no.',
    ],
    [
      'a schema that leads to itself',
      bodyOf({ $ref: '#/components/schemas/a' }, { a: { anyOf: [{ $ref: '#/components/schemas/a' }] } }),
      at,
      'It leads to itself',
    ],
  ])('is refused with %s', async (_what, described, place, sentence) => {
    const refused = gateway.primary.apply({ ...configOf(up.port, described), listeners: [] } as PlaneConfigInput)
    await expect(refused).rejects.toMatchObject({ at: place, message: expect.stringContaining(sentence) })
  })

  it('cannot be made to count for ever: a hostile pattern, a schema that doubles with each level', async () => {
    const node = {
      oneOf: [1, 2].map(() => ({ properties: { a: { $ref: '#/components/schemas/node' } }, required: ['b'] })),
    }
    const evil = bodyOf(
      { properties: { text: { pattern: '^(a+)+$' }, node: { $ref: '#/components/schemas/node' } } },
      { node },
    )
    await using hostile = await plane(configOf(up.port, evil))
    const send = async (body: unknown) => {
      const began = performance.now()
      const { body: text } = await get(hostile.port, '/v1/x', {
        method: 'POST',
        headers: json,
        body: JSON.stringify(body),
      })
      expect(performance.now() - began).toBeLessThan(2_000)
      return text
    }
    expect(await send({ text: `${'a'.repeat(50_000)}!` })).toContain('must match pattern')
    const deep = Array.from({ length: 60 }).reduce((inner) => ({ a: inner, b: 1 }), { b: 1 })
    expect(await send({ node: deep })).toContain('more than the gateway can check')
  })

  it('may be a web of many schemas, and may forbid what none of them knows', async () => {
    const schemas = Object.fromEntries(
      Array.from({ length: 300 }, (_, at) => [
        `s${at}`,
        {
          type: 'object',
          properties: { next: { $ref: `#/components/schemas/s${(at + 1) % 300}` }, n: { type: 'integer' } },
        },
      ]),
    )
    await using web = await plane(configOf(up.port, bodyOf({ $ref: '#/components/schemas/s0' }, schemas)))
    const closed = { allOf: [{ $ref: '#/components/schemas/s0' }], unevaluatedProperties: false }
    const { s0 = {} } = schemas
    await using strict = await plane(configOf(up.port, bodyOf(closed, { s0: { ...s0, properties: { n: {} } } })))
    const send = async (port: number, body: unknown) => {
      const answer = await get(port, '/v1/x', { method: 'POST', headers: json, body: JSON.stringify(body) })
      return answer.status === 200 ? [] : told(answer.body)
    }
    expect(await send(web.port, { next: { next: { n: 1 } } })).toEqual([])
    expect(await send(web.port, { next: { next: { n: 'x' } } })).toEqual(['body #/next/next/n It must be integer.'])
    expect(await send(strict.port, { n: 1 })).toEqual([])
    expect(await send(strict.port, { m: 1 })).toEqual(['body #/m There is no such property.'])
  })

  it('is exchanged without losing a request', async () => {
    const strict = (minimum: number) => ({
      openapi: '3.0.3',
      paths: {
        '/n': {
          get: {
            parameters: [
              { name: 'n', in: 'query', schema: { type: 'integer', minimum, exclusiveMinimum: true, nullable: true } },
            ],
          },
        },
      },
    })
    await using changing = await plane(configOf(up.port, strict(5)))
    let done = false
    const seen = new Set<number>()
    const asking = (async () => {
      while (!done) seen.add((await get(changing.port, '/v1/n?n=7')).status)
    })()
    const listeners = [{ name: 'web', port: changing.port, protocol: 'http' as const }]
    for (const minimum of [7, 5, 9])
      await changing.primary.apply({ routes: [], backends: [], ...configOf(up.port, strict(minimum)), listeners })
    done = true
    await asking
    expect([...seen].every((status) => status === 200 || status === 400)).toBe(true)
    expect((await get(changing.port, '/v1/n?n=9')).status).toBe(400)
    expect((await get(changing.port, '/v1/n?n=10')).status).toBe(200)
  })
})
