import type { Field, Fields, Record } from './schema.ts'
import { headerName, path, regexFault } from './texts.ts'

export const string: Field = { type: 'string' }
export const boolean: Field = { type: 'boolean' }
const limit: Field = { type: 'number', above: 0 }
const strings: Field = { type: 'array', elements: string }

/** The name before the first colon has to be one of a header; more is asked of nothing here. */
const headerOfPair = (pair: string): string | null => {
  const [name = ''] = pair.split(':')
  return /^[\w-]+$/.test(name) ? null : `'${name}' is not a valid header`
}
const pair = (checked: boolean): Field => ({
  type: 'string',
  matchAny: { patterns: [/^[^:]+:.*$/], error: 'invalid value: expected a name and a value' },
  ...(checked ? { validator: headerOfPair } : {}),
})
const transformed = (element: Field, parts: readonly string[], more: Fields = {}): Field => ({
  type: 'record',
  fields: {
    ...Object.fromEntries(parts.map((part) => [part, { type: 'array', elements: element } satisfies Field])),
    ...more,
  },
})
const ofRequest = ['headers', 'querystring', 'body']
const ofResponse = ['headers', 'json']

const corsMethods = ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']
const periods = ['second', 'minute', 'hour', 'day', 'month', 'year']

type Plugin = { readonly config: Fields; readonly checks?: readonly ((config: Record) => string | null)[] }

const has = (value: unknown): boolean => value !== undefined && value !== null

/** The plugins that an export uses (kong/plugins/<name>/schema.lua), all of their fields but those for Redis. */
export const plugins: Readonly<Partial<{ [name: string]: Plugin }>> = {
  'key-auth': {
    config: {
      key_names: { type: 'array', elements: headerName },
      ...{ hide_credentials: boolean, anonymous: string, realm: string, run_on_preflight: boolean },
      ...{ key_in_header: boolean, key_in_query: boolean, key_in_body: boolean },
    },
  },
  'basic-auth': { config: { anonymous: string, hide_credentials: boolean, realm: string } },
  acl: {
    config: {
      ...{ allow: strings, deny: strings },
      ...{ hide_groups_header: boolean, always_use_authenticated_groups: boolean },
    },
    checks: [
      ({ allow, deny }) =>
        has(allow) === has(deny) ? 'exactly one of these fields must be non-empty: config.allow, config.deny' : null,
    ],
  },
  'rate-limiting': {
    config: {
      ...Object.fromEntries(periods.map((period) => [period, limit])),
      limit_by: { type: 'string', oneOf: ['consumer', 'credential', 'ip', 'service', 'header', 'path'] },
      ...{ header_name: headerName, path, policy: { type: 'string', oneOf: ['local', 'redis'] } },
      ...{ fault_tolerant: boolean, hide_client_headers: boolean, error_code: limit, error_message: string },
      sync_rate: { type: 'number' },
    },
    checks: [
      (config) =>
        periods.some((period) => has(config[period]))
          ? null
          : `at least one of these fields must be non-empty: ${periods.map((each) => `config.${each}`).join(', ')}`,
    ],
  },
  'request-size-limiting': {
    config: {
      allowed_payload_size: { type: 'integer' },
      size_unit: { type: 'string', oneOf: ['megabytes', 'kilobytes', 'bytes'] },
      require_content_length: boolean,
    },
  },
  'request-termination': {
    config: {
      status_code: { type: 'integer', between: [100, 599] },
      ...{ message: string, content_type: string, body: string, echo: boolean, trigger: headerName },
    },
    checks: [
      ({ message, content_type: type, body }) =>
        has(message) && (has(type) || has(body)) ? 'message cannot be used with content_type or body' : null,
    ],
  },
  'request-transformer': {
    config: {
      http_method: string,
      remove: transformed({ type: 'string' }, ofRequest, {
        headers: { type: 'array', elements: { type: 'string', validator: headerOfPair } },
      }),
      rename: transformed(pair(true), ofRequest),
      replace: transformed(pair(true), ofRequest, { uri: string }),
      add: transformed(pair(true), ofRequest),
      append: transformed(pair(true), ofRequest),
    },
  },
  'response-transformer': {
    config: {
      remove: transformed(string, ofResponse),
      rename: transformed(pair(true), ofResponse),
      ...Object.fromEntries(
        ['replace', 'add', 'append'].map((part) => [
          part,
          transformed(pair(false), ofResponse, {
            json_types: { type: 'array', elements: { type: 'string', oneOf: ['boolean', 'number', 'string'] } },
          }),
        ]),
      ),
    },
  },
  cors: {
    config: {
      origins: {
        type: 'array',
        elements: {
          type: 'string',
          validator: (origin: string) =>
            origin === '*' || regexFault(origin) === null ? null : `'${origin}' is not a valid regex`,
        },
      },
      methods: { type: 'array', elements: { type: 'string', oneOf: corsMethods } },
      ...{ headers: strings, exposed_headers: strings, max_age: { type: 'number' }, credentials: boolean },
      ...{ private_network: boolean, preflight_continue: boolean, allow_origin_absent: boolean },
    },
  },
}
