import type { OpenApiDocument } from '../openapi/document.ts'
import { isRecord } from './schemas.ts'

/** How consumers say who they are at the gateway. */
export type Credential =
  | { readonly kind: 'apiKey'; readonly header: string }
  | { readonly kind: 'basic' | 'jwt' | 'mtls' | 'nobody' }

/** Where keys are names that somebody chose, so that one beginning with x- is no extension. */
const maps = new Set([
  ...['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions', 'schemas', 'responses'],
  ...['parameters', 'examples', 'requestBodies', 'headers', 'securitySchemes', 'links', 'callbacks', 'pathItems'],
  ...['content', 'encoding', 'scopes', 'mapping', 'variables', 'mediaTypes'],
])
/** Values of the API itself, which mean nothing to whoever shows them. */
const data = new Set([
  'example',
  'default',
  'enum',
  'const',
  'value',
  'dataValue',
  'security',
  'required',
  '$ref',
  'dependentRequired',
  'type',
  'format',
  'name',
  'pattern',
])
const addresses = new Set(['url', 'authorizationUrl', 'tokenUrl', 'refreshUrl', 'termsOfService', 'openIdConnectUrl'])
const inward = new Set(['server', 'servers', 'externalValue', 'operationRef', 'webhooks'])

/**
 * A document as consumers may see it: without servers behind the gateway, extensions and references to other documents.
 * Texts are Markdown without HTML, and addresses are of the web: whatever shows it, nothing in it can run.
 */
export function consumerDocument(document: OpenApiDocument): Record<string, unknown> {
  const { paths, security, components, ...rest } = document
  const kept = Object.entries(paths).filter(([path, item]) => path.startsWith('/') && !leadsAway(item))
  const { securitySchemes, ...parts } = components
  const shown = entriesOf(isEmpty(securitySchemes) ? parts : components)
  return {
    ...entriesOf(rest),
    ...(security.length > 0 ? { security } : {}),
    paths: Object.fromEntries(kept.map(([path, item]) => [path, objectOf(item)])),
    ...(isEmpty(shown) ? {} : { components: shown }),
  }
}

const isEmpty = (record: Readonly<Record<string, unknown>>): boolean => Object.keys(record).length === 0

/** The same with the gateway as its only server, and what the gateway asks of callers. */
export function servedDocument(
  document: OpenApiDocument,
  basePath: string,
  credentials: readonly Credential[],
): Record<string, unknown> {
  const shown = { ...consumerDocument(document), servers: [{ url: basePath === '' ? '/' : basePath }] }
  return credentials.length === 0 ? shown : withCredentials(shown, credentials)
}

function withCredentials(
  document: Record<string, unknown>,
  credentials: readonly Credential[],
): Record<string, unknown> {
  const schemes = Object.fromEntries(credentials.flatMap(schemeOf))
  const security = [
    ...Object.keys(schemes).map((name) => ({ [name]: [] })),
    ...(credentials.some(({ kind }) => kind === 'nobody') ? [{}] : []),
  ]
  const components = isRecord(document.components) ? document.components : {}
  const paths = Object.entries(isRecord(document.paths) ? document.paths : {}).map(([path, item]) => [
    path,
    isRecord(item) ? Object.fromEntries(Object.entries(item).map(([key, each]) => [key, unsecured(each)])) : item,
  ])
  return {
    ...document,
    components: { ...components, securitySchemes: schemes },
    security,
    paths: Object.fromEntries(paths),
  }
}

/** What the document says of credentials is the backend's; the gateway answers before it. */
function unsecured(operation: unknown): unknown {
  if (!isRecord(operation)) return operation
  const { security: _, ...rest } = operation
  return rest
}

function schemeOf(credential: Credential): [string, Record<string, string>][] {
  switch (credential.kind) {
    case 'apiKey':
      return [[`API key in ${credential.header}`, { type: 'apiKey', in: 'header', name: credential.header }]]
    case 'basic':
      return [['User name and password', { type: 'http', scheme: 'basic' }]]
    case 'jwt':
      return [['Token', { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }]]
    case 'mtls':
      return [['Client certificate', { type: 'mutualTLS' }]]
    case 'nobody':
      return []
  }
}

const leadsAway = (value: unknown): boolean =>
  isRecord(value) && typeof value.$ref === 'string' && !value.$ref.startsWith('#/')

function objectOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((each) => !leadsAway(each)).map(objectOf)
  if (!isRecord(value)) return typeof value === 'string' ? inert(value) : value
  return leadsAway(value) ? {} : entriesOf(value)
}

function entriesOf(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(value).flatMap(([key, each]): [string, unknown][] => {
    if (key.startsWith('x-') || inward.has(key)) return []
    if (addresses.has(key)) return typeof each === 'string' && isWebAddress(each) ? [[key, each]] : []
    if (data.has(key) || (key === 'examples' && Array.isArray(each))) return [[key, each]]
    return [[key, maps.has(key) && isRecord(each) ? namesOf(each) : objectOf(each)]]
  })
  return Object.fromEntries(entries)
}

const namesOf = (map: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(map).map(([name, each]) => [name, objectOf(each)]))

function isWebAddress(text: string): boolean {
  const { protocol } = URL.parse(text) ?? {}
  return protocol === 'https:' || protocol === 'http:'
}

/** Markdown takes HTML as it is, unless it does not look like it, and links whatever their entities and escapes hide. */
const inert = (text: string): string =>
  text
    .replace(/&(?=#|\w+;)/g, '&amp;')
    .replace(/<(?=[A-Za-z/!?])/g, '&lt;')
    .replace(/(javascript|vbscript)(?=[\s\\]*:)/gi, '$1\u200b')
