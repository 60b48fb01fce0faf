import { boolean, plugins, string } from './plugins.ts'
import { type Faults, type Field, type Fields, faultsOf, gathered, type Record, recordFaults } from './schema.ts'
import * as texts from './texts.ts'

type Entity = {
  /** As errors call one. */
  readonly one: string
  readonly fields: Fields
  readonly checks: readonly ((record: Record) => string | null)[]
  /** What tells one from another, beside what it belongs to. */
  readonly key: string
  /** Whether that is asked of all of them together, or of those that belong to the same. */
  readonly unique: 'everywhere' | 'within'
  readonly children: readonly string[]
}

const common: Fields = { id: string, tags: { type: 'array', elements: string } }
const timeout: Field = { type: 'integer', between: [1, 2 ** 31 - 2] }
const protocols = ['grpc', 'grpcs', 'http', 'https', 'tcp', 'tls', 'tls_passthrough', 'udp', 'ws', 'wss']
const byte: Field = { type: 'integer', between: [0, 255] }
const seconds: Field = { type: 'number', between: [0, 65_535] }
const statuses: Field = { type: 'array', elements: { type: 'integer', between: [100, 999] } }
const hashOn: Field = {
  ...{ type: 'string', default: 'none' },
  oneOf: ['none', 'consumer', 'ip', 'header', 'cookie', 'path', 'query_arg', 'uri_capture'],
}
const failures: Fields = { http_statuses: statuses, tcp_failures: byte, timeouts: byte, http_failures: byte }
const checkType: Field = { type: 'string', oneOf: ['tcp', 'http', 'https', 'grpc', 'grpcs'] }
const headers: Field = { type: 'map', keys: texts.headerName, values: { type: 'array', elements: string } }
const healthchecks: Field = {
  type: 'record',
  fields: {
    threshold: { type: 'number', between: [0, 100] },
    active: {
      type: 'record',
      fields: {
        ...{ type: checkType, timeout: seconds, concurrency: { type: 'integer', between: [1, 2 ** 31] } },
        ...{ http_path: texts.path, https_sni: texts.host, https_verify_certificate: boolean, headers },
        healthy: { type: 'record', fields: { interval: seconds, http_statuses: statuses, successes: byte } },
        unhealthy: { type: 'record', fields: { interval: seconds, ...failures } },
      },
    },
    passive: {
      type: 'record',
      fields: {
        type: checkType,
        healthy: { type: 'record', fields: { http_statuses: statuses, successes: byte } },
        unhealthy: { type: 'record', fields: failures },
      },
    },
  },
}

const onlyTls =
  (field: string) =>
  (record: Record): string | null =>
    record[field] !== undefined && record.protocol !== 'https' && record.protocol !== 'tls'
      ? `failed conditional validation given value of field 'protocol'`
      : null
const needs =
  (kind: string, field: string) =>
  (record: Record): string | null =>
    record.hash_on === kind && record[field] === undefined
      ? `failed conditional validation given value of field 'hash_on'`
      : null

/** The entities that an export uses, and those that are found in configurations of others (kong/db/schema/entities). */
export const entities: Readonly<{ [kind: string]: Entity }> = {
  services: {
    ...{ one: 'service', key: 'name', unique: 'everywhere', children: ['routes', 'plugins'] },
    fields: {
      ...{ ...common, name: texts.name, host: { ...texts.host, required: true }, path: texts.path },
      retries: { type: 'integer', between: [0, 32_767] },
      protocol: { type: 'string', oneOf: protocols, default: 'http' },
      port: { type: 'integer', between: [0, 65_535] },
      ...{ connect_timeout: timeout, write_timeout: timeout, read_timeout: timeout, enabled: boolean },
      ...{ tls_verify: boolean, tls_verify_depth: { type: 'integer', between: [0, 64] } },
      ca_certificates: { type: 'array', elements: string },
    },
    checks: [onlyTls('tls_verify'), onlyTls('tls_verify_depth'), onlyTls('ca_certificates')],
  },
  routes: {
    ...{ one: 'route', key: 'name', unique: 'everywhere', children: ['plugins'] },
    fields: {
      ...{ ...common, name: texts.name, service: string, snis: { type: 'set', elements: texts.host } },
      protocols: { type: 'set', elements: { type: 'string', oneOf: protocols }, default: ['http', 'https'] },
      https_redirect_status_code: { type: 'integer', oneOf: [426, 301, 302, 307, 308] },
      ...{ strip_path: boolean, preserve_host: boolean, request_buffering: boolean, response_buffering: boolean },
      methods: { type: 'set', elements: texts.method },
      hosts: { type: 'array', elements: texts.routeHost },
      paths: { type: 'array', elements: texts.routePath },
      headers: {
        ...headers,
        keys: {
          ...texts.headerName,
          matchNone: [
            {
              pattern: /^host$/i,
              error: "cannot contain 'host' header, which must be specified in the 'hosts' attribute",
            },
          ],
        },
      },
      ...{ regex_priority: { type: 'integer' }, path_handling: { type: 'string', oneOf: ['v0', 'v1'] } },
    },
    checks: [
      ({ methods, hosts, headers: asked, paths, snis }) =>
        [methods, hosts, asked, paths, snis].every((each) => each === undefined)
          ? `must set one of 'methods', 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'https'`
          : null,
    ],
  },
  upstreams: {
    ...{ one: 'upstream', key: 'name', unique: 'everywhere', children: ['targets'] },
    fields: {
      ...{ ...common, name: { ...texts.upstreamName, required: true }, healthchecks },
      algorithm: { type: 'string', oneOf: ['consistent-hashing', 'least-connections', 'round-robin', 'latency'] },
      ...{ hash_on: hashOn, hash_fallback: hashOn },
      ...{ hash_on_header: texts.headerName, hash_fallback_header: texts.headerName },
      ...{ hash_on_cookie: texts.cookieName, hash_on_cookie_path: texts.path },
      ...{ hash_on_query_arg: string, hash_on_uri_capture: string, host_header: string, use_srv_name: boolean },
      slots: { type: 'integer', between: [10, 65_536] },
    },
    checks: [needs('header', 'hash_on_header'), needs('cookie', 'hash_on_cookie')],
  },
  targets: {
    ...{ one: 'target', key: 'target', unique: 'within', children: [] },
    fields: {
      ...{ ...common, target: { ...texts.target, required: true }, upstream: string },
      weight: { type: 'integer', between: [0, 65_535] },
    },
    checks: [],
  },
  consumers: {
    ...{ one: 'consumer', key: 'username', unique: 'everywhere', children: ['acls', 'plugins'] },
    fields: { ...common, username: string, custom_id: string },
    checks: [
      ({ username, custom_id: id }) =>
        username === undefined && id === undefined
          ? 'at least one of these fields must be non-empty: custom_id, username'
          : null,
    ],
  },
  acls: {
    ...{ one: 'acl', key: 'group', unique: 'within', children: [] },
    fields: { ...common, group: { ...string, required: true }, consumer: string },
    checks: [],
  },
  plugins: {
    ...{ one: 'plugin', key: 'name', unique: 'within', children: [] },
    fields: {
      ...{ ...common, name: { ...string, required: true }, instance_name: texts.name, enabled: boolean },
      ...{ route: string, service: string, consumer: string, config: { type: 'record' } },
      protocols: { type: 'set', elements: { type: 'string', oneOf: protocols } },
    },
    checks: [],
  },
}

/** What is wrong with one entity by itself; what belongs to it is looked at apart. */
export function entityFaults(kind: string, record: Record): { [key: string]: Faults } | null {
  const entity = entities[kind]
  if (entity === undefined) return { '@entity': `unknown entity: ${kind}` }
  const own = Object.fromEntries(Object.entries(record).filter(([key]) => !entity.children.includes(key)))
  const faults = recordFaults(entity.fields, entity.checks, own)
  if (faults !== null) return typeof faults === 'string' ? { '@entity': faults } : faults
  return kind === 'plugins' ? pluginFaults(record) : null
}

function pluginFaults({ name, config = {} }: Record): { [key: string]: Faults } | null {
  const plugin = plugins[String(name)]
  if (plugin === undefined)
    return { name: `plugin '${name}' not enabled; add it to the 'plugins' configuration property` }
  const field: Field = { type: 'record', fields: plugin.config }
  const inside = gathered([['config', faultsOf(field, config)]])
  if (inside !== null) return inside
  const wrong = (plugin.checks ?? []).map((check) => check(config as Record)).find((fault) => fault !== null)
  return wrong === undefined ? null : { '@entity': wrong }
}
