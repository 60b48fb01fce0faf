import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readDeclarative, unserialize } from '#e2e/app/peers/kong/declarative.ts'
import { readFile } from '../file.ts'
import { rich, secrets } from './export.fixture.ts'
import { exportFile } from './export.ts'

/** What Kong, by its published schemas, says of an export; empty where it takes it. */
const faults = (text: string): string[] => {
  const document = unserialize(text)
  if (typeof document === 'string') return [document]
  const read = readDeclarative(document)
  if (read.kind === 'taken') return []
  return [
    JSON.stringify(read.fields),
    ...read.flattened.flatMap(({ entity_type: type, entity_name: name, errors }) =>
      errors.map(({ field, message }) => `${type} ${name}, ${field}: ${message}`),
    ),
  ]
}
const exported = (text: string) => {
  const read = readFile(text, secrets)
  expect(read.problems).toEqual([])
  return exportFile('shop', read, 'kong')
}
// biome-ignore lint/suspicious/noExplicitAny: what is looked at here is a text of somebody else's form
type Loose = any

/** A file with one rule, its backends, and what is said of it. */
const fileOf = (rule: string, backends: string, policy = '') => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: front }
spec: { gatewayClassName: kong, listeners: [{ name: web, port: 8000, protocol: HTTP }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop }
spec: { parentRefs: [{ name: front }], rules: [${rule}] }
${backends}${policy}`
const backend = (name: string, more = '', endpoints = '{ host: 127.0.0.1, port: 3000 }') => `---
apiVersion: framework0.dev/v1
kind: Backend
metadata: { name: "${name}" }
spec: { endpoints: [${endpoints}]${more} }
`

describe('an export to Kong', () => {
  it('is taken by its schemas, with something of everything', () => {
    expect(faults(exported(rich).text)).toEqual([])
  })

  it('gives every request to the route of all paths, and keeps the path behind a rewritten prefix', () => {
    const rule =
      '{ filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: /new } } }], backendRefs: [{ name: one }] }'
    const { text } = exported(fileOf(rule, backend('one')))
    expect(faults(text)).toEqual([])
    const [service] = (parse(text) as Loose).services
    expect(service.routes[0].paths).toEqual(['~/(?P<rest>.*)$'])
    expect(service.plugins[0].config.replace.uri).toBe('/new/$(uri_captures["rest"] or "")')
  })

  it('names upstreams as hosts, and each endpoint once', () => {
    const rule = '{ backendRefs: [{ name: "10", weight: 1 }, { name: two, weight: 2 }] }'
    const { text } = exported(fileOf(rule, `${backend('10')}${backend('two')}`))
    expect(faults(text)).toEqual([])
    expect((parse(text) as Loose).upstreams[0].targets).toEqual([{ target: '127.0.0.1:3000', weight: 1000 }])
    const alone = exported(fileOf('{ backendRefs: [{ name: "10" }] }', backend('10')))
    expect(faults(alone.text)).toEqual([])
    expect((parse(alone.text) as Loose).upstreams[0].name).toMatch(/^upstream-[\da-f]{16}$/)
  })

  it('leaves no weight out for being small', () => {
    const rule = '{ backendRefs: [{ name: one, weight: 100000 }, { name: two, weight: 1 }] }'
    const { text } = exported(fileOf(rule, backend('one') + backend('two', '', '{ host: 127.0.0.1, port: 3001 }')))
    expect((parse(text) as Loose).upstreams[0].targets.map(({ weight }: Loose) => weight)).toEqual([1000, 1])
  })

  it('says what it takes otherwise, and is taken still', () => {
    const rule = `{
      matches: [{ path: { value: /a }, headers: [{ name: x.team, value: a }] }, { path: { value: /b } }],
      filters: [
        { type: CORS, cors: { allowOrigins: ["*"], allowMethods: ["GET", "PROPFIND"] } },
        { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x.y, value: "on" }, { name: x-y, value: "on" }] } } ],
      backendRefs: [{ name: one }], sessionPersistence: { sessionName: x.session, type: Header } }`
    const more =
      ', healthCheck: { path: "/health z?a=1", intervalMs: 1000 }, passive: { consecutiveFailures: 1000, ejectMs: 1000 }'
    const { text, findings } = exported(fileOf(rule, backend('one', more)))
    expect(faults(text)).toEqual([])
    expect(text).toContain('x-y:on')
    expect(findings.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        'Kong cannot look at the header x.team. This match is left out: others get its requests.',
        'Kong does not allow PROPFIND to other origins.',
        'Kong takes no header named x.y: it is left as it is.',
        'Kong takes no header named x.session: its requests are not kept together.',
        'Kong cannot ask /health z?a=1 for its health: it asks /.',
      ]),
    )
  })

  it('has text that YAML 1.1 would take for something else', () => {
    const rule = '{ matches: [{ headers: [{ name: x-on, value: "on" }] }], backendRefs: [{ name: one }] }'
    const { text } = exported(fileOf(rule, backend('one')))
    expect(faults(text)).toEqual([])
    expect((parse(text, { version: '1.1' }) as Loose).services[0].routes[0].headers).toEqual({ 'x-on': ['on'] })
  })
})

describe('what stands in for Kong', () => {
  const service = (more: string) => `{ _format_version: "3.0", services: [{ name: a, ${more} }] }`
  it.each([
    ['{ services: [] }', '_format_version'],
    ['[1]', 'expected an object'],
    [service(''), 'host: required field missing'],
    [service('host: a.example, port: -12'), 'port: value should be between 0 and 65535'],
    [service('host: a.example, tls_verify: true'), "given value of field 'protocol'"],
    [service('host: a.example, nonsense: 1'), 'nonsense: unknown field'],
    [service('host: a.example, routes: [{ paths: [shop] }]'), 'paths.1: should start with: / (fixed path)'],
    [service('host: a.example, routes: [{ name: r }]'), 'must set one of'],
    [service('host: a.example, plugins: [{ name: ghost }]'), "plugin 'ghost' not enabled"],
    [service('host: a.example, plugins: [{ name: cors, config: { methods: [PROPFIND] } }]'), 'config.methods.1'],
    [service('host: a.example, plugins: [{ name: acl, config: {} }]'), 'exactly one of these fields'],
    [service('host: a.example }, { name: a, host: b.example'), 'uniqueness violation'],
    ['{ _format_version: "3.0", upstreams: [{ name: 1.2.3.4 }] }', 'no ip addresses allowed'],
    ['{ _format_version: "3.0", upstreams: [{ name: a, hash_on: cookie }] }', "given value of field 'hash_on'"],
    ['{ _format_version: "3.0", upstreams: [{ name: a, targets: [{ target: "b:1" }, { target: "b:1" }] }] }', 'uniq'],
    ['{ _format_version: "3.0", nonsense: [] }', 'unknown field'],
  ])('refuses %s', (text, said) => {
    expect(faults(text).join('\n')).toContain(said)
  })
})
