import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { freePort } from '#e2e/app/peers/peer.ts'
import { readGatewayApi } from './gateway-api.ts'
import { get, raw, startPrimary, statuses, upstream } from './plane/plane.fixture.ts'

const none = {
  certificates: new Map<string, { certificate: string; privateKey: string }>(),
  authorities: new Map<string, string>(),
}
const gateway = (port: number) => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: front }
spec:
  gatewayClassName: framework0
  listeners: [{ name: web, port: ${port}, protocol: HTTP }]
`
const backendOf = (name: string, port: number) => `
apiVersion: framework0.dev/v1
kind: Backend
metadata: { name: ${name} }
spec: { endpoints: [{ host: 127.0.0.1, port: ${port} }], circuit: { errorRate: 0.5, minimumRequests: 20, openMs: 5000 } }
`
const routeOf = (name: string, spec: string, more = '') => `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name}${more} }
spec:
  parentRefs: [{ name: front, sectionName: web }]
${spec.replace(/^/gm, '  ')}
`
const files = (...documents: string[]) => documents.join('---')
const read = (...documents: string[]) => readGatewayApi(files(...documents), none)

describe('Gateway API files', () => {
  it('are served as they say: matches, filters, weights, timeouts, retries, sessions and policies', async () => {
    await using one = await upstream('one')
    await using two = await upstream('two')
    const { config, problems } = read(
      gateway(await freePort()),
      backendOf('one', one.port),
      backendOf('two', two.port),
      routeOf(
        'shop',
        `hostnames: [shop.example]
rules:
- matches: [{ path: { type: PathPrefix, value: /old } }]
  filters:
  - { type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: /new } } }
  - { type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-from, value: gateway }] } }
  - { type: RequestMirror, requestMirror: { backendRef: { name: two, kind: Backend, group: framework0.dev }, fraction: { numerator: 1, denominator: 2 } } }
  backendRefs: [{ name: one, kind: Backend, group: framework0.dev, weight: 1 }]
  timeouts: { request: 1m30s, backendRequest: 500ms }
  retry: { attempts: 2, codes: [503], backoff: 10ms }
- name: guarded
  matches: [{ path: { type: Exact, value: /private }, headers: [{ name: x-team, value: a }], queryParams: [{ name: v, type: RegularExpression, value: "[12]" }], method: GET }]
  backendRefs: [{ name: two, port: 80 }]
- matches: [{ path: { value: /moved } }]
  filters: [{ type: RequestRedirect, requestRedirect: { scheme: https, statusCode: 308 } }]`,
      ),
      `
apiVersion: framework0.dev/v1
kind: Consumer
metadata: { name: till }
spec: { apiKeyHashes: [2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b] }
`,
      `
apiVersion: framework0.dev/v1
kind: RoutePolicy
metadata: { name: private }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: shop, sectionName: guarded }]
  auth: { schemes: [{ kind: apiKey }] }
  rateLimit: { requests: 1, windowMs: 60000, per: consumer }
`,
    )
    expect(problems).toEqual([])
    const [rule] = config.routes[0]?.rules ?? []
    expect(rule?.timeouts).toEqual({ requestMs: 90_000, backendRequestMs: 500 })
    expect(rule?.retry).toEqual({ attempts: 2, codes: [503], backoffMs: 10 })
    const primary = startPrimary()
    try {
      const { listeners } = await primary.apply(config)
      const port = listeners[0]?.port ?? 0
      const ask = (path: string, headers: Record<string, string> = {}) =>
        get(port, path, { headers: { host: 'shop.example', ...headers } })
      const answer = await ask('/old/shoes')
      expect([answer.body, answer.headers['x-from'], one.seen[0]?.url]).toEqual(['one', 'gateway', '/new/shoes'])
      await ask('/old/hats')
      await expect.poll(() => two.seen.map(({ url }) => url)).toEqual(['/new/hats'])
      expect((await ask('/private?v=2', { 'x-team': 'a' })).status).toBe(401)
      const known = { 'x-team': 'a', 'x-api-key': 'secret' }
      expect([(await ask('/private?v=2', known)).status, (await ask('/private?v=2', known)).status]).toEqual([200, 429])
      expect((await ask('/moved/on')).headers.location).toBe('https://shop.example/moved/on')
    } finally {
      await primary.close(200)
    }
  })

  it('give ties to the oldest route, then to the first by name', () => {
    const rules = 'rules: [{ backendRefs: [{ name: one }] }]'
    const old = ', creationTimestamp: 2020-01-01T00:00:00Z'
    const { config, problems } = read(
      gateway(8080),
      backendOf('one', 1),
      routeOf('b', rules),
      routeOf('a', rules),
      routeOf('z', rules, old),
    )
    expect(problems).toEqual([])
    expect(config.routes.map(({ name }) => name)).toEqual(['z', 'a', 'b'])
  })

  it('read GRPCRoute and BackendTLSPolicy, certificates by their names', () => {
    const { config, problems } = readGatewayApi(
      files(
        gateway(8443).replace(
          'protocol: HTTP ',
          'protocol: HTTPS, tls: { certificateRefs: [{ name: shop-tls }], frontendValidation: { caCertificateRefs: [{ name: clients }] } } ',
        ),
        backendOf('cart', 50051),
        `
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: { name: cart }
spec:
  parentRefs: [{ name: front }]
  rules:
  - matches: [{ method: { service: shop.Cart, method: Add } }, { method: { service: shop.Cart } }, { method: { method: Watch } }]
    backendRefs: [{ name: cart, kind: Backend }]
`,
        `
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: cart }
spec:
  targetRefs: [{ group: framework0.dev, kind: Backend, name: cart }]
  validation: { hostname: cart.inside, caCertificateRefs: [{ kind: ConfigMap, group: "", name: inside }] }
`,
      ),
      {
        certificates: new Map([['shop-tls', { certificate: 'PEM', privateKey: 'KEY' }]]),
        authorities: new Map([
          ['inside', 'CA'],
          ['clients', 'CLIENTS'],
        ]),
      },
    )
    expect(problems).toEqual([])
    expect(config.routes[0]?.rules[0]?.matches?.map(({ path }) => path)).toEqual([
      { kind: 'exact', value: '/shop.Cart/Add' },
      { kind: 'prefix', value: '/shop.Cart' },
      { kind: 'regex', value: '/[^/]+/Watch' },
    ])
    expect(config.backends[0]).toMatchObject({
      protocol: 'https',
      tls: { serverName: 'cart.inside', authorities: ['CA'] },
    })
    expect(config.listeners[0]).toMatchObject({ clientCertificate: 'required', clientAuthorities: ['CLIENTS'] })
  })

  const policyOf = (spec: string, name = 'edge') =>
    `\napiVersion: framework0.dev/v1\nkind: ListenerPolicy\nmetadata: { name: ${name} }\nspec: { ${spec} }\n`
  const front = 'targetRefs: [{ group: gateway.networking.k8s.io, kind: Gateway, name: front }]'

  it('say by ListenerPolicies whom a listener believes and what it bears, also while it is open', async () => {
    await using up = await upstream('up')
    const web = gateway(await freePort())
    const all = (...policies: string[]) => {
      const rules = 'rules: [{ backendRefs: [{ name: up }] }]'
      const { config, problems } = read(web, backendOf('up', up.port), routeOf('all', rules), ...policies)
      expect(problems).toEqual([])
      return config
    }
    const primary = startPrimary()
    try {
      const { listeners } = await primary.apply(all())
      const port = listeners[0]?.port ?? 0
      const cameFrom = async () => (await primary.accessLog({ limit: 1 }))[0]?.client
      const headers = { 'x-forwarded-for': '203.0.113.7' }
      expect([(await get(port, '/', { headers })).status, await cameFrom()]).toEqual([200, '127.0.0.1'])

      await primary.apply(all(policyOf(`${front}, trustedProxies: [127.0.0.0/8], limits: { maxHeaders: 10 }`)))
      expect([(await get(port, '/', { headers })).status, await cameFrom()]).toEqual([200, '203.0.113.7'])
      const many = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`x-${index}`, '1']))
      expect((await get(port, '/', { headers: many })).status).toBe(431)

      await primary.apply(all(policyOf(`${front}, acceptProxyProtocol: true`)))
      await expect(get(port, '/')).rejects.toThrow()
      const proxied = 'PROXY TCP4 198.51.100.9 192.0.2.1 54321 80\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n'
      expect(statuses(await raw(port, proxied))).toEqual([200])
      expect(await cameFrom()).toBe('198.51.100.9')
      await primary.apply(all())
      expect((await get(port, '/')).status).toBe(200)
    } finally {
      await primary.close(200)
    }
  })

  it('govern one listener by the name of its section, and each listener once', () => {
    const two = gateway(8080).replace('}]', '}, { name: other, port: 8081, protocol: HTTP }]')
    const section = front.replace('name: front', 'name: front, sectionName: other')
    const { config, problems } = read(two, policyOf(`${section}, trustedProxies: [10.0.0.0/8, "fd00::/8"]`))
    expect(problems).toEqual([])
    expect(config.listeners.map(({ trustedProxies }) => trustedProxies)).toEqual([
      undefined,
      ['10.0.0.0/8', 'fd00::/8'],
    ])
    expect(read(two, policyOf(section), policyOf(front, 'both')).problems).toEqual([
      { document: 2, path: 'spec.targetRefs.0', message: 'Another ListenerPolicy already governs “front/other”.' },
    ])
  })

  const wrong: [string, string[], number | null, string][] = [
    ['an unknown field', [gateway(80).replace('port: 80', 'port: 80, backlog: 5')], 0, 'spec.listeners.0.backlog'],
    ['an unknown kind', ['apiVersion: v1\nkind: TCPRoute\n'], 0, 'kind'],
    [
      'a filter of an extension',
      [
        gateway(80),
        backendOf('one', 1),
        routeOf('r', 'rules: [{ filters: [{ type: ExtensionRef, extensionRef: {} }] }]'),
      ],
      2,
      'spec.rules.0.filters.0.type',
    ],
    [
      'a backend that is not there',
      [gateway(80), routeOf('r', 'rules: [{ backendRefs: [{ name: ghost }] }]')],
      1,
      'spec.rules.0.backendRefs.0',
    ],
    [
      'a listener that is not there',
      [gateway(80), routeOf('r', 'rules: [{}]').replace('sectionName: web', 'sectionName: admin')],
      1,
      'spec.parentRefs.0',
    ],
    [
      'a duration that is none',
      [gateway(80), routeOf('r', 'rules: [{ timeouts: { request: fast } }]')],
      1,
      'spec.rules.0.timeouts.request',
    ],
    [
      'a policy of nothing',
      [
        gateway(80),
        '\napiVersion: framework0.dev/v1\nkind: RoutePolicy\nmetadata: { name: p }\nspec: { targetRefs: [{ group: g, kind: HTTPRoute, name: ghost }] }\n',
      ],
      1,
      'spec.targetRefs.0',
    ],
    [
      'a listener policy of nothing',
      [gateway(80), policyOf(front.replace('name: front', 'name: ghost'))],
      1,
      'spec.targetRefs.0',
    ],
    [
      'a proxy that is no address',
      [gateway(80), policyOf(`${front}, trustedProxies: [haproxy]`)],
      1,
      'spec.trustedProxies.0',
    ],
    [
      'listeners of a port that do not bear the same',
      [
        gateway(80).replace('}]', '}, { name: other, port: 80, protocol: HTTP, hostname: a.example }]'),
        policyOf(`${front.replace('name: front', 'name: front, sectionName: other')}, limits: { maxHeaders: 20 }`),
      ],
      0,
      'spec.listeners.1',
    ],
    ['a class that no gateway has', [gateway(80).replace('framework0', 'nginx')], 0, 'spec.gatewayClassName'],
    [
      'a certificate that is not there',
      [gateway(80).replace('protocol: HTTP ', 'protocol: HTTPS, tls: { certificateRefs: [{ name: ghost }] } ')],
      0,
      'spec.listeners.0.tls.certificateRefs.0',
    ],
    ['what is no YAML', ['a: [', gateway(80)], 0, ''],
    [
      'a whole that does not hold',
      [
        gateway(80),
        gateway(81).replace('front', 'other'),
        routeOf('r', 'rules: [{ matches: [{ path: { type: RegularExpression, value: "(" } }] }]'),
      ],
      null,
      'routes.0.rules.0.matches.0',
    ],
  ]
  it.each(wrong)('tell of %s, at its document and path', (_what, documents, document, path) => {
    expect(read(...documents).problems.map((each) => [each.document, each.path])).toContainEqual([document, path])
  })

  it('never fail on anything that can be written', () => {
    fc.assert(
      fc.property(fc.string(), (text) => Array.isArray(readGatewayApi(text, none).problems)),
      { numRuns: 300 },
    )
    const mutated = fc.tuple(fc.nat(2_000), fc.string({ maxLength: 8 })).map(([at, text]) => {
      const all = files(gateway(80), backendOf('one', 1), routeOf('r', 'rules: [{ backendRefs: [{ name: one }] }]'))
      return all.slice(0, at % all.length) + text + all.slice((at % all.length) + text.length)
    })
    fc.assert(
      fc.property(mutated, (text) => Array.isArray(readGatewayApi(text, none).problems)),
      { numRuns: 300 },
    )
  })
})
