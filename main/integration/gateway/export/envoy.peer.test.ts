import { describe, expect, it } from 'vitest'
import { startEnvoy } from '#e2e/app/peers/envoy.ts'
import { available, freePort } from '#e2e/app/peers/peer.ts'
import { readFile } from '../file.ts'
import { get, startPrimary, upstream } from '../plane/plane.fixture.ts'
import { exportFile } from './export.ts'

const noSecrets = { certificates: new Map(), authorities: new Map() } as const
const backendOf = (name: string, port: number) => `---
apiVersion: framework0.dev/v1
kind: Backend
metadata: { name: ${name} }
spec: { endpoints: [{ host: 127.0.0.1, port: ${port} }], healthCheck: { path: /healthz, intervalMs: 200 }, passive: { consecutiveFailures: 5, ejectMs: 1000 } }
`
const fileOf = (port: number, one: number, two: number) => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: front }
spec:
  gatewayClassName: framework0
  listeners: [{ name: web, port: ${port}, protocol: HTTP }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop }
spec:
  parentRefs: [{ name: front }]
  hostnames: [shop.example, "*.shop.example"]
  rules:
  - matches: [{ path: { value: / } }]
    backendRefs: [{ name: one }]
    timeouts: { request: 5s, backendRequest: 2s }
    retry: { attempts: 1, codes: [503], backoff: 10ms }
    sessionPersistence: { sessionName: seen, type: Cookie }
  - matches: [{ path: { value: /old } }]
    filters:
    - { type: URLRewrite, urlRewrite: { hostname: new.example, path: { type: ReplacePrefixMatch, replacePrefixMatch: /new } } }
    - { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-a, value: "50%" }], remove: [x-b] } }
    - { type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-c, value: c }] } }
    - { type: RequestMirror, requestMirror: { backendRef: { name: one }, percent: 5 } }
    - { type: CORS, cors: { allowOrigins: ["https://*.shop.example"], allowMethods: [GET] } }
    backendRefs: [{ name: two }]
  - matches: [{ path: { type: RegularExpression, value: "/items/[0-9]+" } }, { path: { type: Exact, value: /exact }, method: POST }]
    backendRefs: [{ name: two }]
  - matches: [{ path: { value: /search }, queryParams: [{ name: q, value: x }], headers: [{ name: x-team, type: RegularExpression, value: "a|b" }] }]
    backendRefs: [{ name: two }]
  - matches: [{ path: { value: /moved } }]
    filters: [{ type: RequestRedirect, requestRedirect: { hostname: there.example, port: 8000, path: { type: ReplacePrefixMatch, replacePrefixMatch: /gone }, statusCode: 308 } }]
  - name: keyed
    matches: [{ path: { value: /keyed } }]
    backendRefs: [{ name: one }]
  - name: limited
    matches: [{ path: { value: /limited } }]
    backendRefs: [{ name: one, weight: 3 }, { name: two, weight: 1 }]
---
apiVersion: framework0.dev/v1
kind: RoutePolicy
metadata: { name: keyed }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: shop, sectionName: keyed }]
  auth: { schemes: [{ kind: apiKey }] }
---
apiVersion: framework0.dev/v1
kind: RoutePolicy
metadata: { name: limited }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: shop, sectionName: limited }]
  rateLimit: { requests: 3, windowMs: 60000, per: route }
${backendOf('one', one)}${backendOf('two', two)}`

const asked: readonly (readonly [path: string, options?: { method?: string; headers?: Record<string, string> }])[] = [
  ['/'],
  ['/old'],
  ['/old/'],
  ['/old/shoes?size=42', { headers: { 'x-b': 'b' } }],
  ['/oldish'],
  ['/items/7'],
  ['/items/x'],
  ['/exact'],
  ['/exact', { method: 'POST' }],
  ['/search?q=x', { headers: { 'x-team': 'b' } }],
  ['/search?q=x', { headers: { 'x-team': 'c' } }],
  ['/search?q=y', { headers: { 'x-team': 'a' } }],
  ['/moved/here?a=b'],
  ['/', { headers: { host: 'www.shop.example' } }],
  ['/', { headers: { host: 'other.example' } }],
]

describe.runIf(available('envoy'))('what is exported to Envoy', () => {
  it('is served by a real Envoy as it is here', async () => {
    await using one = await upstream('one')
    await using two = await upstream('two')
    const [here, there] = [await freePort(), await freePort()]
    const read = (port: number) => readFile(fileOf(port, one.port, two.port), noSecrets)
    expect(read(here).problems).toEqual([])
    await using _envoy = await startEnvoy(exportFile('shop', read(there), 'envoy').text)
    const primary = startPrimary()
    try {
      await primary.apply(read(here).config)
      for (const [path, options = {}] of asked) {
        const answers = [here, there].map(async (port) => {
          const headers = { host: 'shop.example', ...options.headers }
          const { status, body, headers: told } = await get(port, path, { ...options, headers })
          // The two say “not found” in different words.
          return { path, status, body: status === 200 ? body : '', location: told.location, changed: told['x-c'] }
        })
        const [ours, theirs] = await Promise.all(answers)
        expect(theirs).toEqual(ours)
      }
      const [ours, theirs] = two.seen.filter(({ url }) => url === '/new/shoes?size=42')
      for (const each of [ours, theirs]) expect(each?.headers).toMatchObject({ host: 'new.example', 'x-a': '50%' })
      expect([ours, theirs].map((each) => each?.headers['x-b'])).toEqual([undefined, undefined])
      const ask = async (path: string) => (await get(there, path, { headers: { host: 'shop.example' } })).status
      expect(await ask('/keyed')).toBe(503)
      const limited = [await ask('/limited'), await ask('/limited'), await ask('/limited'), await ask('/limited')]
      expect(limited).toEqual([200, 200, 200, 429])
    } finally {
      await primary.close(200)
    }
  })
})
