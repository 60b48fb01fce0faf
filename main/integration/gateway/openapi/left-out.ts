import type { GatewayImport } from '#preload/integration/gateway.ts'
import { type OpenApiDocument, type Operation, operationsOf, type PathItem } from './document.ts'

type Finding = GatewayImport['findings'][number]
type Paths = readonly { readonly path: string; readonly item: PathItem }[]

/** What a document asks for that routes alone do not do. */
export function leftOut(whole: OpenApiDocument, paths: Paths): Finding[] {
  const all = paths.flatMap(({ path, item }) =>
    operationsOf(item).map(([method, operation]) => ({ name: `${method} ${path}`, item, operation })),
  )
  const named = (has: (operation: Operation) => boolean): string[] =>
    all.filter(({ operation }) => has(operation)).map(({ name }) => name)
  return [
    ...security(
      whole,
      named(({ security: asked }) => asked.length > 0),
    ),
    ...many('servers', 'These have servers of their own, which are left out', [
      ...named(({ servers }) => servers.length > 0),
      ...paths.filter(({ item }) => item.servers.length > 0).map(({ path }) => path),
    ]),
    ...many(
      'callbacks',
      'Callbacks go the other way and are left out',
      named(({ callbacks }) => count(callbacks) > 0),
    ),
    ...many(
      'additionalOperations',
      'Methods of their own are left out',
      paths.filter(({ item }) => count(item.additionalOperations) > 0).map(({ path }) => path),
    ),
    ...many('webhooks', 'Webhooks go the other way and are left out', Object.keys(whole.webhooks)),
  ]
}

function security({ components, security: everywhere }: OpenApiDocument, operations: readonly string[]): Finding[] {
  const schemes = Object.keys(components.securitySchemes)
  if (schemes.length + everywhere.length + operations.length === 0) return []
  const which = schemes.length === 0 ? '' : ` (${listed(schemes)})`
  const message = `Nobody is asked who they are${which}. Add a RoutePolicy with auth and a Consumer for that.`
  return [{ path: 'security', message }]
}

const count = (record: Readonly<Record<string, unknown>>): number => Object.keys(record).length

export const many = (path: string, message: string, names: readonly string[]): Finding[] =>
  names.length === 0 ? [] : [{ path, message: `${message}: ${listed(names)}.` }]

const shownAtMost = 5
const listed = (names: readonly string[]): string =>
  names.length <= shownAtMost
    ? names.join(', ')
    : `${names.slice(0, shownAtMost).join(', ')} and ${names.length - shownAtMost} more`
