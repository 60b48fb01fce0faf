import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { GatewayFormat } from '#preload/integration/gateway.ts'
import { readFile } from '../file.ts'
import { checkConfig } from '../plane/config-check.ts'
import { createRouteTable } from '../plane/route-table.ts'
import { hash, rich, secrets } from './export.fixture.ts'
import { exportFile } from './export.ts'
import { plannedRoutes } from './plan.ts'

const read = readFile(rich, secrets)
// biome-ignore lint/suspicious/noExplicitAny: what is looked at here is a text of somebody else's form
type Loose = any
const exported = (format: GatewayFormat) => {
  const { text, findings } = exportFile('shop', read, format)
  return { text, told: findings.map(({ path, message }) => `${path}: ${message}`), body: parse(text) as Loose }
}
const named = (list: Loose[], id: string): Loose => list.find((each) => (each.name ?? each.id) === id)

describe('an export', () => {
  it.each(['kong', 'apisix', 'envoy'] as const)('to %s holds no secret, and says so', (format) => {
    expect(read.problems).toEqual([])
    const { text, told } = exported(format)
    for (const secret of [hash, 'gateway-certificate', 'CHAIN']) expect(text).not.toContain(secret)
    expect(told).toContain('front/tls: Its private keys stay in the vault. Give its certificates over there.')
    expect(told).toContain(
      'till: Only hashes of its credentials are known, which nobody else can use. Give it new ones over there.',
    )
    expect(told).toContain('sign-in: Who issues tokens is not carried over.')
    expect(new Set(told).size).toBe(told.length)
  })

  it('to Kong says everything, or that it cannot', () => {
    const { body, told } = exported('kong')
    expect(body._format_version).toBe('3.0')
    expect(body.consumers).toEqual([{ username: 'till', acls: [{ group: 'till' }] }])
    const split = named(body.upstreams, 'stable-90.next-10.cookie.seen')
    expect(split).toMatchObject({ algorithm: 'consistent-hashing', hash_on: 'cookie', hash_on_cookie: 'seen' })
    expect(split.targets).toEqual([
      { target: '127.0.0.1:3000', weight: 225 },
      { target: '127.0.0.1:3001', weight: 675 },
      { target: '127.0.0.1:3002', weight: 100 },
    ])
    expect(named(body.upstreams, 'stable').healthchecks.active).toMatchObject({
      ...{ http_path: '/healthz', healthy: { interval: 2, successes: 2 } },
    })
    const keyed = named(body.services, 'shop.3.1')
    expect(keyed.plugins).toEqual([
      {
        name: 'key-auth',
        config: { key_names: ['x-api-key'], key_in_query: false, hide_credentials: true },
      },
      { name: 'acl', config: { allow: ['till'] } },
      { name: 'rate-limiting', config: { minute: 10, limit_by: 'consumer', policy: 'local' } },
      { name: 'request-size-limiting', config: { allowed_payload_size: 1000, size_unit: 'bytes' } },
    ])
    expect(keyed.routes[0]).toMatchObject({ paths: ['~/keyed$'], hosts: ['shop.example'], strip_path: false })
    const old = named(body.services, 'shop.2.1')
    expect(old.routes[0].paths).toEqual(['~/old(?P<rest>/.*)?$'])
    expect(old.plugins[0].config).toEqual({
      remove: { headers: ['x-b'] },
      replace: { headers: ['x-a:50%'], uri: '/new$(uri_captures["rest"] or "")' },
      add: { headers: ['x-a:50%'] },
      append: { headers: [] },
    })
    expect(old.plugins[2].config).toMatchObject({ origins: ['^https://.*\\.shop\\.example$'], credentials: true })
    for (const id of ['shop.1.1', 'shop.4.1', 'shop.7.1', 'shop.8.1'])
      expect([id, named(body.services, id).plugins[0].config.status_code]).toEqual([id, 503])
    expect(told).toEqual(
      expect.arrayContaining([
        'shop, rule 1: Its backends speak different protocols, which Kong cannot mix. It answers 503 there.',
        'shop, rule 4: Tokens are not asked for by what is exported. It answers 503 there.',
        'shop, rule 6: Kong cannot look at query parameters. This match is left out: others get its requests.',
        'shop, rule 2: Kong does not mirror requests.',
        'stable: Kong has no circuit breaker by error rate.',
        'shop, rule 3: Kong compresses only by what nginx.conf says.',
      ]),
    )
  })

  it('to APISIX says everything, or that it cannot', () => {
    const { body, told, text } = exported('apisix')
    expect(text.endsWith('\n#END\n')).toBe(true)
    expect(named(body.routes, 'shop.1.1')).toMatchObject({
      ...{ uris: ['/*'], hosts: ['shop.example'], upstream_id: 'stable', timeout: { read: 2 } },
      plugins: {
        'traffic-split': {
          rules: [
            {
              weighted_upstreams: [
                { upstream_id: 'stable', weight: 90 },
                { upstream_id: 'next', weight: 10 },
              ],
            },
          ],
        },
      },
    })
    expect(named(body.routes, 'shop.2.1')).toMatchObject({
      uris: ['/old', '/old/*'],
      plugins: {
        'proxy-rewrite': {
          regex_uri: ['^/old/?(.*)$', '/new/$1'],
          headers: { set: { 'x-a': '50%' }, remove: ['x-b'] },
        },
        'response-rewrite': { headers: { add: ['x-c: c'] } },
        cors: {
          allow_origins_by_regex: ['^https://[A-Za-z0-9.-]+\\.shop\\.example$'],
          ...{ allow_origins: 'none://none', allow_credential: true, allow_headers: '', expose_headers: '' },
        },
      },
    })
    expect(named(body.routes, 'shop.3.1').plugins).toMatchObject({
      'key-auth': { header: 'x-api-key', hide_credentials: true },
      'consumer-restriction': { whitelist: ['till'] },
      'limit-count': { count: 10, time_window: 60, key: 'consumer_name', rejected_code: 429 },
      'client-control': { max_body_size: 1000 },
    })
    expect(named(body.routes, 'shop.5.1')).toMatchObject({
      ...{ uris: ['/items/*'], vars: [['uri', '~~', '^(?:/items/[0-9]+)$']] },
    })
    expect(named(body.routes, 'shop.6.1').vars).toEqual([
      ['http_x_team', '~~', '^(?:a|b)$'],
      ['arg_q', '==', 'x'],
    ])
    expect(named(body.routes, 'shop.7.1').plugins.redirect).toEqual({
      uri: 'https://$host$request_uri',
      ret_code: 308,
    })
    for (const id of ['shop.4.1', 'shop.8.1'])
      expect(named(body.routes, id).plugins['fault-injection'].abort.http_status).toBe(503)
    expect(named(body.upstreams, 'stable')).toMatchObject({ type: 'chash', hash_on: 'cookie', key: 'seen' })
    expect(told).toEqual(
      expect.arrayContaining([
        'shop, rule 4: Tokens are not asked for by what is exported. It answers 503 there.',
        'shop, rule 2: APISIX mirrors to an address, not to an upstream. Add proxy-mirror with it.',
        'shop, rule 1: APISIX tries again only after failed connections.',
      ]),
    )
  })

  it('to Envoy says everything, or that it cannot', () => {
    const { body, told } = exported('envoy')
    const { listeners, clusters } = body.static_resources
    expect(listeners.map((each: Loose) => each.address.socket_address.port_value)).toEqual([8080, 8443])
    const [chain] = listeners[1].filter_chains
    expect(chain.filter_chain_match).toEqual({ server_names: ['shop.example'] })
    expect(chain.transport_socket.typed_config.common_tls_context.tls_certificates).toEqual([
      {
        certificate_chain: { filename: '/etc/envoy/certificates/front--tls-1.pem' },
        private_key: { filename: '/etc/envoy/certificates/front--tls-1.key' },
      },
    ])
    const [host] = chain.filters[0].typed_config.route_config.virtual_hosts
    expect(host.domains).toEqual(['shop.example'])
    expect(named(host.routes, 'shop.1.1').route).toMatchObject({
      weighted_clusters: {
        clusters: [
          { name: 'stable', weight: 90 },
          { name: 'next', weight: 10 },
        ],
      },
      retry_policy: { num_retries: 2, retriable_status_codes: [503], per_try_timeout: '2s' },
      hash_policy: [{ cookie: { name: 'seen' } }],
    })
    expect(named(host.routes, 'shop.2.1')).toMatchObject({
      match: { path_separated_prefix: '/old' },
      route: {
        regex_rewrite: { pattern: { regex: '^/old/?(.*)$' }, substitution: '/new/\\1' },
        request_mirror_policies: [{ cluster: 'next', runtime_fraction: { default_value: { numerator: 50_000 } } }],
      },
      request_headers_to_add: [{ header: { key: 'x-a', value: '50%%' } }],
    })
    for (const id of ['shop.3.1', 'shop.4.1', 'shop.8.1'])
      expect(named(host.routes, id).direct_response).toEqual({ status: 503 })
    expect(named(host.routes, 'shop.7.1').redirect).toEqual({
      ...{ response_code: 'PERMANENT_REDIRECT', scheme_redirect: 'https' },
    })
    expect(named(clusters, 'next').transport_socket.typed_config.common_tls_context.validation_context).toMatchObject({
      match_typed_subject_alt_names: [{ san_type: 'IP_ADDRESS', matcher: { exact: '127.0.0.1' } }],
    })
    expect(named(clusters, 'stable')).toMatchObject({ lb_policy: 'RING_HASH', connect_timeout: '5s' })
    expect(told).toContain('shop, rule 3: Who calls is not asked by what is exported. It answers 503 there.')
  })

  it('is refused for a file that has problems', () => {
    const wrong = readFile(rich.replace('name: shop-tls', 'name: ghost'), secrets)
    expect(() => exportFile('shop', wrong, 'kong')).toThrow('shop has problems:')
  })
})

it('an export runs nothing that only looks like a template', () => {
  const sly = rich.replace('value: "50%"', 'value: "$(os.exit())"')
  const plugins = parse(exportFile('shop', readFile(sly, secrets), 'kong').text).services.flatMap(
    (service: Loose) => service.plugins,
  )
  expect(named(plugins, 'request-transformer').config.add.headers).toEqual([`x-a:$('$(os.exit())')`])
  const { findings } = exportFile('shop', readFile(sly, secrets), 'apisix')
  expect(findings.map(({ message }) => message).join()).toContain('APISIX takes $ for the beginning of a variable.')
})

describe('the order of an export', () => {
  const config = checkConfig(read.config)
  const table = createRouteTable(plannedRoutes(config).map(({ match, id }) => ({ hostname: '*', match, target: id })))
  const paths = ['/', '/old', '/oldish', '/old/shoes', '/keyed', '/keyed/x', '/token', '/items/7', '/items/x', '/moved']

  it.each(paths)('gives %s to the route that has it here', (path) => {
    for (const method of ['GET', 'POST']) {
      const found = table({ host: 'shop.example', path, query: '', method, headers: () => ({}) })?.target
      const kong = exported('kong').body.services.flatMap(({ routes }: Loose) => routes)
      const [first] = kong
        .filter((each: Loose) => (each.methods ?? [method]).includes(method) && !each.headers)
        .filter((each: Loose) => new RegExp(`^${each.paths[0].slice(1).replace('(?P<', '(?<')}`).test(path))
        .toSorted((a: Loose, b: Loose) => b.regex_priority - a.regex_priority)
      expect(first.name).toBe(found)
      const [listener] = exported('envoy').body.static_resources.listeners
      const [host] = listener.filter_chains[0].filters[0].typed_config.route_config.virtual_hosts
      expect(host.routes.find(({ match }: Loose) => envoyMatches(match, path, method)).name).toBe(found)
    }
  })
})

function envoyMatches(match: Loose, path: string, method: string): boolean {
  if (match.query_parameters) return false
  const asked = (match.headers ?? []).find(({ name }: Loose) => name === ':method')
  if (asked && asked.string_match.exact !== method) return false
  if (match.path) return match.path === path
  if (match.safe_regex) return new RegExp(`^(?:${match.safe_regex.regex})$`).test(path)
  const prefix = match.path_separated_prefix
  return prefix ? path === prefix || path.startsWith(`${prefix}/`) : path.startsWith(match.prefix)
}
