import { parseAllDocuments } from 'yaml'
import { AppError } from '#preload/contract/error.ts'
import { applyDefinitions } from './gateway-api-definitions.ts'
import { type GatewayObject, gatewayKinds, type ObjectOf } from './gateway-api-kinds.ts'
import { type ListenerPlace, listenersOf, placesOf, servedBy, withPolicies } from './gateway-api-listeners.ts'
import { grpcRule, httpRule, type ResolveBackend } from './gateway-api-rules.ts'
import type { FileConfig } from './gateway-plane.ts'
import { keyOf, within } from './object-name.ts'
import type { PlaneConfigInput } from './plane/config.ts'
import { checkConfig } from './plane/config-check.ts'
import { createReferences, type GatewayApiSecrets, type References } from './secret-references.ts'

/** What is wrong, and where: the document counts from 0, null when it is about all of them together. */
export type GatewayApiProblem = { readonly document: number | null; readonly path: string; readonly message: string }

type Placed<T> = { readonly document: number; readonly object: T }
type Tell = (document: number | null, path: string, message: string) => void
type Read = {
  readonly config: FileConfig
  readonly problems: GatewayApiProblem[]
  /** The names of the certificates and authorities that it takes. */
  readonly uses: ReadonlySet<string>
  /** Where each listener stands, by its name. */
  readonly places: ReadonlyMap<string, ListenerPlace>
}
type Route = ObjectOf<'HTTPRoute'> | ObjectOf<'GRPCRoute'>

const aliasesAtMost = 100
const documentsAtMost = 10_000

/**
 * Reads the files users write — Gateway API v1 (Gateway, HTTPRoute, GRPCRoute, BackendTLSPolicy) and our kinds of
 * framework0.dev/v1 (Backend, Consumer, JWTProvider, RoutePolicy, APIDefinition, ListenerPolicy) — into what the data plane serves.
 * A listener is named `<gateway>/<listener>`. What cannot be acted on is a problem; `config` holds only with none.
 */
export function readGatewayApi(text: string, secrets: GatewayApiSecrets): Read {
  const problems: GatewayApiProblem[] = []
  const tell: Tell = (document, path, message) => void problems.push({ document, path, message })
  const references = createReferences(secrets, tell)
  const objects = readObjects(text, tell)
  const of = <K extends GatewayObject['kind']>(kind: K): Placed<ObjectOf<K>>[] =>
    objects.filter((each): each is Placed<ObjectOf<K>> => each.object.kind === kind)
  const placed = of('Gateway').flatMap((gateway) => listenersOf(gateway, references, tell))
  const listeners = withPolicies(placed, of('ListenerPolicy'), tell)
  const places = placesOf(of('Gateway'))
  const backends = of('Backend').map((backend) => backendOf(backend, references))
  const secured = applyTlsPolicies(backends, of('BackendTLSPolicy'), references, tell)
  const names = new Set(backends.map(({ name }) => name))
  const routes = inOrder([...of('HTTPRoute'), ...of('GRPCRoute')]).map((route) =>
    routeOf(route, listeners, names, tell),
  )
  applyPolicies(routes, of('RoutePolicy'), tell)
  const { definitions, portals } = applyDefinitions(routes, of('APIDefinition'), tell)
  const config: PlaneConfigInput = {
    listeners,
    routes: [...routes.map(({ route }) => route), ...portals],
    definitions,
    backends: secured,
    consumers: of('Consumer').map(({ object: { metadata, spec } }) => ({ ...spec, name: keyOf(metadata) })),
    jwtProviders: of('JWTProvider').map(({ object: { metadata, spec } }) => ({ ...spec, name: keyOf(metadata) })),
  }
  if (problems.length === 0) checkWhole(config, places, tell)
  const others = servedBy(of('Gateway'), tell)
  return { config: others ? { ...config, servedBy: others } : config, problems, uses: references.used, places }
}

function readObjects(text: string, tell: Tell): Placed<GatewayObject>[] {
  const documents = parseAllDocuments(text)
  if (!Array.isArray(documents)) return []
  if (documents.length > documentsAtMost) {
    tell(null, '', `There are more than ${documentsAtMost} documents.`)
    return []
  }
  return documents.flatMap((parsed, document) => {
    const [error] = parsed.errors
    if (error) {
      tell(document, '', `This is no YAML: ${error.message.split('\n')[0]}`)
      return []
    }
    const value = plainValue(parsed, document, tell)
    if (value === null) return []
    const read = gatewayKinds.safeParse(value)
    if (read.success) return [{ document, object: read.data }]
    for (const issue of read.error.issues) {
      const path = issue.path.join('.')
      if (issue.code !== 'unrecognized_keys') tell(document, path, issue.message)
      else
        for (const key of issue.keys)
          tell(document, path === '' ? key : `${path}.${key}`, 'The gateway knows no such field here.')
    }
    return []
  })
}

function plainValue(
  parsed: { toJS(options: { maxAliasCount: number }): unknown },
  document: number,
  tell: Tell,
): unknown {
  try {
    return parsed.toJS({ maxAliasCount: aliasesAtMost }) ?? null
  } catch {
    tell(document, '', 'It has too many aliases.')
    return null
  }
}

type Backends = PlaneConfigInput['backends']

function backendOf(
  { document, object: { metadata, spec } }: Placed<ObjectOf<'Backend'>>,
  references: References,
): Backends[number] {
  const { tls, ...rest } = spec
  const name = keyOf(metadata)
  if (!tls) return { ...rest, name }
  const { clientCertificateRef: ref, ...settings } = tls
  const [clientCertificate] = references.certificates(ref ? [ref] : [], {
    ...{ namespace: metadata.namespace, document, path: 'spec.tls.clientCertificateRef' },
  })
  return { ...rest, name, tls: { ...settings, ...(clientCertificate ? { clientCertificate } : {}) } }
}

function applyTlsPolicies(
  backends: Backends,
  policies: readonly Placed<ObjectOf<'BackendTLSPolicy'>>[],
  references: References,
  tell: Tell,
): Backends {
  const settings = new Map<string, { serverName: string; authorities: string[] }>()
  for (const { document, object } of policies) {
    const { validation, targetRefs } = object.spec
    const { namespace } = object.metadata
    const refs = validation.caCertificateRefs ?? []
    if (refs.length === 0 && validation.wellKnownCACertificates === undefined)
      tell(document, 'spec.validation', 'Give caCertificateRefs or wellKnownCACertificates.')
    const authorities = references.authorities(refs, {
      ...{ namespace, document, path: 'spec.validation.caCertificateRefs' },
    })
    targetRefs.forEach((ref, index) => {
      const target = within({ name: ref.name }, namespace)
      if (!backends.some(({ name }) => name === target))
        tell(document, `spec.targetRefs.${index}`, `There is no Backend “${target}”.`)
      settings.set(target, { serverName: validation.hostname, authorities })
    })
  }
  return backends.map((backend) => {
    const tls = settings.get(backend.name)
    if (!tls) return backend
    const protocol = backend.protocol === 'h2c' || backend.protocol === 'h2' ? ('h2' as const) : ('https' as const)
    return { ...backend, protocol, tls: { ...backend.tls, ...tls } }
  })
}

/** Ties go to the oldest route, then by namespace and name (HTTPRouteRule, “Precedence”). */
function inOrder(routes: readonly Placed<Route>[]): Placed<Route>[] {
  const age = ({ object }: Placed<Route>): number =>
    Date.parse(object.metadata.creationTimestamp ?? '') || Number.POSITIVE_INFINITY
  const name = ({ object }: Placed<Route>): string =>
    `${object.metadata.namespace ?? 'default'}/${object.metadata.name}`
  return [...routes].sort((a, b) => {
    const [older, newer] = [age(a), age(b)]
    return older === newer ? (name(a) < name(b) ? -1 : 1) : older - newer
  })
}

type PlacedRoute = { readonly object: Route; readonly route: PlaneConfigInput['routes'][number] }

function routeOf(
  { document, object }: Placed<Route>,
  listeners: PlaneConfigInput['listeners'],
  backends: ReadonlySet<string>,
  tell: Tell,
): PlacedRoute {
  const { metadata } = object
  const resolve: ResolveBackend = (ref, path) => {
    if (
      ref.namespace !== undefined &&
      keyOf({ name: '', namespace: ref.namespace }) !== keyOf({ name: '', namespace: metadata.namespace })
    ) {
      tell(
        document,
        `${path}.namespace`,
        'A backend of another namespace needs a ReferenceGrant, which the gateway does not know.',
      )
      return null
    }
    const key = within(ref, metadata.namespace)
    if (backends.has(key)) return key
    tell(document, path, `There is no Backend “${key}”.`)
    return null
  }
  const rules =
    object.kind === 'HTTPRoute'
      ? object.spec.rules.map((rule, index) => httpRule(rule, `spec.rules.${index}`, resolve))
      : object.spec.rules.map((rule, index) => grpcRule(rule, `spec.rules.${index}`, resolve))
  const attached = object.spec.parentRefs.flatMap((ref, index) => {
    const gateway = within(ref, metadata.namespace)
    const found = listeners.filter(
      ({ name, port }) =>
        name.startsWith(`${gateway}/`) &&
        (ref.sectionName === undefined || name === `${gateway}/${ref.sectionName}`) &&
        (ref.port === undefined || port === ref.port),
    )
    if (found.length === 0)
      tell(document, `spec.parentRefs.${index}`, `There is no such listener at a Gateway “${gateway}”.`)
    return found.map(({ name }) => name)
  })
  return {
    object,
    route: { name: keyOf(metadata), listeners: [...new Set(attached)], hostnames: object.spec.hostnames, rules },
  }
}

/** What a RoutePolicy says goes to every rule of its targets, or to the rule that `sectionName` names. */
function applyPolicies(
  routes: readonly PlacedRoute[],
  policies: readonly Placed<ObjectOf<'RoutePolicy'>>[],
  tell: Tell,
): void {
  const taken = new Set<unknown>()
  for (const { document, object } of policies) {
    const { targetRefs, ...policy } = object.spec
    targetRefs.forEach((ref, index) => {
      const at = `spec.targetRefs.${index}`
      const key = within({ name: ref.name }, object.metadata.namespace)
      const target = routes.find((each) => each.object.kind === ref.kind && each.route.name === key)
      const rules =
        target?.route.rules.filter(
          (_, each) => ref.sectionName === undefined || target.object.spec.rules[each]?.name === ref.sectionName,
        ) ?? []
      if (rules.length === 0) tell(document, at, `There is no such rule at a ${ref.kind} “${key}”.`)
      for (const rule of rules) {
        if (taken.has(rule)) tell(document, at, 'Another RoutePolicy already governs this rule.')
        taken.add(rule)
        Object.assign(rule, policy)
      }
    })
  }
}

function checkWhole(config: PlaneConfigInput, places: ReadonlyMap<string, ListenerPlace>, tell: Tell): void {
  try {
    checkConfig(config)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const [, index] = /^listeners\.(\d+)\./.exec(error.at ?? '') ?? []
    const place = places.get(config.listeners[Number(index)]?.name ?? '')
    tell(place?.document ?? null, place?.path ?? error.at ?? '', error.message)
  }
}
