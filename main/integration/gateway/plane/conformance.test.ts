import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backend, get, type Plane, plane, prefix, route, type Upstream, upstream } from './plane.fixture.ts'

let a: Upstream
let b: Upstream
let c: Upstream
let gateway: Plane
const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  get(gateway.port, path, { headers, method })
const bodyOf = async (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  (await ask(path, headers, method)).body

beforeAll(async () => {
  ;[a, b, c] = await Promise.all([upstream('a'), upstream('b'), upstream('c')])
  const to = (name: string) => ({ backends: [{ backend: name }] })
  gateway = await plane({
    backends: [backend('a', a.port), backend('b', b.port), backend('c', c.port), backend('nobody')],
    routes: [
      route('weights', {
        matches: [prefix('/weights')],
        backends: [
          { backend: 'a', weight: 70 },
          { backend: 'b', weight: 30 },
          { backend: 'c', weight: 0 },
        ],
      }),
      route('sticky', {
        matches: [prefix('/sticky')],
        sticky: { kind: 'cookie', name: 'who' },
        backends: [
          { backend: 'a', weight: 1 },
          { backend: 'b', weight: 1 },
        ],
      }),
      route(
        'paths',
        { matches: [prefix('/one')], ...to('a') },
        { matches: [prefix('/one/two')], ...to('b') },
        { matches: [{ path: { kind: 'exact', value: '/one/two/three' } }], ...to('c') },
        { matches: [{ path: { kind: 'regex', value: '/item/[0-9]+' } }], ...to('c') },
      ),
      route(
        'conditions',
        { matches: [prefix('/c')], ...to('a') },
        { matches: [{ ...prefix('/c'), headers: [{ name: 'X-Color', value: 'blue' }] }], ...to('b') },
        { matches: [{ ...prefix('/c'), query: [{ name: 'animal', value: 'whale' }] }], ...to('c') },
        { matches: [{ ...prefix('/c'), method: 'PATCH' }], ...to('c') },
      ),
      { name: 'hosts', listeners: ['web'], hostnames: ['*.shop.example'], rules: [{ ...to('a') }] },
      { name: 'host', listeners: ['web'], hostnames: ['very.shop.example'], rules: [{ ...to('b') }] },
      route('rewrite', {
        matches: [prefix('/old')],
        filters: [{ kind: 'rewrite', hostname: 'inside.example', path: { kind: 'prefix', value: '/new' } }],
        ...to('a'),
      }),
      route('redirect', {
        matches: [prefix('/gone')],
        filters: [
          {
            kind: 'redirect',
            scheme: 'https',
            hostname: 'shop.example',
            path: { kind: 'prefix', value: '/here' },
            status: 301,
          },
        ],
      }),
      route('headers', {
        matches: [prefix('/headers')],
        filters: [
          {
            kind: 'requestHeaders',
            set: [{ name: 'X-Set', value: 'ours' }],
            add: [{ name: 'X-Add', value: 'more' }],
            remove: ['X-Remove'],
          },
          { kind: 'responseHeaders', add: [{ name: 'X-Answer', value: 'yes' }] },
        ],
        ...to('a'),
      }),
      route('mirror', { matches: [prefix('/mirror')], filters: [{ kind: 'mirror', backend: 'c' }], ...to('a') }),
      route('cors', {
        matches: [prefix('/cors')],
        filters: [
          { kind: 'cors', allowOrigins: ['https://*.shop.example'], allowMethods: ['PUT'], allowCredentials: true },
        ],
        ...to('a'),
      }),
      route('override', {
        matches: [prefix('/override')],
        headerOverride: { header: 'X-Canary', value: 'always', backend: 'b' },
        ...to('a'),
      }),
      route(
        'empty',
        { matches: [prefix('/empty')], ...to('nobody') },
        { matches: [prefix('/zero')], backends: [{ backend: 'a', weight: 0 }] },
      ),
    ],
  })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await Promise.all([a.close(), b.close(), c.close()])
})

describe('the portable facts of Gateway API conformance', () => {
  it('splits 500 requests at 10 at once as 70, 30 and 0, exactly', async () => {
    const bodies: string[] = []
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        for (let index = 0; index < 50; index++) bodies.push(await bodyOf('/weights'))
      }),
    )
    const share = (name: string) => bodies.filter((body) => body === name).length
    expect([share('a'), share('b'), share('c')]).toEqual([350, 150, 0])
  })

  it('prefers an exact path to a longer prefix to a shorter one, and ends prefixes at a slash', async () => {
    expect(await bodyOf('/one/two/three')).toBe('c')
    expect(await bodyOf('/one/two/other')).toBe('b')
    expect(await bodyOf('/one/twofold')).toBe('a')
    expect((await ask('/onerous')).status).toBe(404)
    expect(await bodyOf('/item/42')).toBe('c')
    expect((await ask('/item/x42')).status).toBe(404)
  })

  it('prefers a method to a header to a query parameter', async () => {
    expect(await bodyOf('/c')).toBe('a')
    expect(await bodyOf('/c?animal=whale')).toBe('c')
    expect(await bodyOf('/c?animal=whale', { 'x-color': 'blue' })).toBe('b')
    expect(await bodyOf('/c', { 'x-color': 'blue' }, 'PATCH')).toBe('c')
  })

  it('prefers the most specific host', async () => {
    expect(await bodyOf('/', { host: 'very.shop.example' })).toBe('b')
    expect(await bodyOf('/', { host: 'deep.other.shop.example:8080' })).toBe('a')
    expect((await ask('/', { host: 'shop.example' })).status).toBe(404)
  })

  it('rewrites host and prefix for the upstream alone', async () => {
    await ask('/old/shoes?size=42')
    const seen = a.seen.at(-1)
    expect([seen?.url, seen?.headers.host]).toEqual(['/new/shoes?size=42', 'inside.example'])
    expect(seen?.headers['x-forwarded-host']).toBe(`127.0.0.1:${gateway.port}`)
  })

  it('redirects with the path replaced and the query kept', async () => {
    const { status, headers } = await ask('/gone/shoes?size=42')
    expect([status, headers.location]).toEqual([301, 'https://shop.example/here/shoes?size=42'])
  })

  it('sets, adds and removes header fields both ways', async () => {
    const { headers } = await ask('/headers', { 'x-set': 'theirs', 'x-add': 'first', 'x-remove': 'me' })
    const seen = a.seen.at(-1)?.headers
    expect([seen?.['x-set'], seen?.['x-add'], seen?.['x-remove']]).toEqual(['ours', 'first, more', undefined])
    expect(headers['x-answer']).toBe('yes')
  })

  it('mirrors a request with its body, and answers with the first backend', async () => {
    const before = c.seen.length
    const { body } = await get(gateway.port, '/mirror', { method: 'POST', body: 'copied' })
    await expect.poll(() => c.seen.length).toBe(before + 1)
    expect([body, c.seen.at(-1)?.body]).toEqual(['a', 'copied'])
  })

  it('answers a preflight itself, and only to origins that are allowed', async () => {
    const preflight = (origin: string) => ask('/cors', { origin, 'access-control-request-method': 'PUT' }, 'OPTIONS')
    const allowed = await preflight('https://de.shop.example')
    expect([
      allowed.status,
      allowed.headers['access-control-allow-origin'],
      allowed.headers['access-control-allow-methods'],
    ]).toEqual([204, 'https://de.shop.example', 'PUT'])
    expect((await preflight('https://shop.example.evil')).headers['access-control-allow-origin']).toBeUndefined()
    expect(
      (await ask('/cors', { origin: 'https://de.shop.example' })).headers['access-control-allow-credentials'],
    ).toBe('true')
  })

  it('sends a request with the override header where it says', async () => {
    expect(await bodyOf('/override', { 'x-canary': 'always' })).toBe('b')
    expect(await bodyOf('/override', { 'x-canary': 'never' })).toBe('a')
  })

  it('keeps a client by its cookie, and spreads new clients exactly', async () => {
    const first = await Promise.all(Array.from({ length: 20 }, () => ask('/sticky')))
    expect(first.filter(({ body }) => body === 'a')).toHaveLength(10)
    for (const { headers, body } of first.slice(0, 6)) {
      const cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? ''
      expect(await bodyOf('/sticky', { cookie })).toBe(body)
    }
  })

  it('says 503 where a backend has no endpoint and 500 where nothing takes a share', async () => {
    expect([(await ask('/empty')).status, (await ask('/zero')).status]).toEqual([503, 500])
  })

  it('states who forwarded and drops what the client claims', async () => {
    await ask('/one', {
      'x-forwarded-for': '9.9.9.9',
      forwarded: 'for=9.9.9.9',
      x_forwarded_for: '9.9.9.9',
      'x-consumer-name': 'admin',
      traceparent: 'nonsense',
    })
    const seen = a.seen.at(-1)?.headers
    expect([seen?.['x-forwarded-for'], seen?.x_forwarded_for, seen?.['x-consumer-name']]).toEqual([
      '127.0.0.1',
      undefined,
      undefined,
    ])
    expect(seen?.forwarded).toBe(`for=127.0.0.1;host="127.0.0.1:${gateway.port}";proto=http`)
    expect(seen?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
  })

  it('goes on with the trace of the client', async () => {
    await ask('/one', { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'a=b' })
    const seen = a.seen.at(-1)?.headers
    expect(seen?.traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$/)
    expect(seen?.tracestate).toBe('a=b')
  })

  it('measures what it served', async () => {
    const [weights] = (await gateway.primary.measure({ route: 'weights' })).filter((each) => each.backend === 'a')
    expect(weights?.totals).toMatchObject({ requests: 350, inFlight: 0, responses: { '2xx': 350 } })
    expect(weights?.windows.reduce((sum, { requests }) => sum + requests, 0)).toBe(350)
    const text = await gateway.primary.metrics()
    expect(text).toContain('framework0_gateway_requests_total{route="weights",backend="a",code="2xx"} 350')
    const [entry] = await gateway.primary.accessLog({ route: 'redirect', limit: 1 })
    expect(entry).toMatchObject({ status: 301, path: '/gone/shoes', reason: 'redirect', client: '127.0.0.1' })
  })
})
