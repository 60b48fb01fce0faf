import type { ObjectOf } from './gateway-api-kinds.ts'
import { keyOf, within } from './object-name.ts'
import type { PlaneConfigInput } from './plane/config.ts'
import { compiledDefinition } from './plane/definitions.ts'
import { portalPaths } from './plane/portal.ts'

type ApiDefinition = ObjectOf<'APIDefinition'>
type Placed = { readonly document: number; readonly object: ApiDefinition }
type Tell = (document: number | null, path: string, message: string) => void
type Route = PlaneConfigInput['routes'][number]
type Rule = Route['rules'][number]
type Target = {
  readonly route: Route
  readonly object: {
    readonly kind: string
    readonly spec: { readonly rules: readonly { readonly name?: string | undefined }[] }
  }
}
type Definition = NonNullable<PlaneConfigInput['definitions']>[number]
type Portal = NonNullable<Rule['portal']>
export type Defined = { readonly definitions: Definition[]; readonly portals: Route[] }

/**
 * What each APIDefinition says goes to the rules of its targets: those of an HTTPRoute, of its rule that `sectionName`
 * names, or of every HTTPRoute of a Gateway. Its portal is a route of its own, at the listeners of the targets.
 */
export function applyDefinitions(routes: readonly Target[], placed: readonly Placed[], tell: Tell): Defined {
  const defined = placed.map(({ document, object }) => {
    const { basePath, document: value, validate, portal } = object.spec
    const name = keyOf(object.metadata)
    const definition = { name, basePath, document: JSON.stringify(value) }
    for (const { at, message } of compiledDefinition(definition).problems)
      tell(document, ['spec.document', ...(at === '' ? [] : [at])].join('.'), message)
    const targets = targetsOf(routes, { document, object }, tell)
    for (const { rule } of validate ? targets : []) {
      if (rule.definition !== undefined)
        tell(document, 'spec.targetRefs', 'Another APIDefinition already governs a rule of them.')
      rule.definition = name
    }
    if (
      portal &&
      Object.hasOwn(Object(value.paths), portal.path.slice(basePath.length)) &&
      portal.path.startsWith(basePath)
    )
      tell(document, 'spec.portal.path', `The API itself has the path ${portal.path}.`)
    return { definition, portals: portal ? [portalRoute(name, portal, targets)] : [] }
  })
  return {
    definitions: defined.map(({ definition }) => definition),
    portals: defined.flatMap(({ portals }) => portals),
  }
}

type Targeted = { readonly route: Route; readonly rule: Rule }

function targetsOf(routes: readonly Target[], { document, object }: Placed, tell: Tell): Targeted[] {
  return object.spec.targetRefs.flatMap((ref, index) => {
    const key = within({ name: ref.name }, object.metadata.namespace)
    const targets = routes.filter(({ route, object: { kind } }) =>
      ref.kind === 'Gateway'
        ? kind === 'HTTPRoute' && route.listeners.some((name) => name.startsWith(`${key}/`))
        : kind === ref.kind && route.name === key,
    )
    const found = targets.flatMap(({ route, object: { spec } }) =>
      route.rules
        .filter(
          (_, at) =>
            ref.kind === 'Gateway' || ref.sectionName === undefined || spec.rules[at]?.name === ref.sectionName,
        )
        .map((rule) => ({ route, rule })),
    )
    if (found.length === 0)
      tell(document, `spec.targetRefs.${index}`, `There is no such rule at a ${ref.kind} “${key}”.`)
    return found
  })
}

function portalRoute(
  name: string,
  portal: NonNullable<ApiDefinition['spec']['portal']>,
  targets: readonly Targeted[],
): Route {
  const hosts = targets.map(({ route }) => route.hostnames ?? [])
  const everywhere = hosts.some((each) => each.length === 0)
  const { path } = portal
  return {
    name: `${name}/documentation`,
    listeners: [...new Set(targets.flatMap(({ route }) => route.listeners))],
    hostnames: portal.hostnames ?? (everywhere ? [] : [...new Set(hosts.flat())]),
    rules: [
      {
        matches: portalPaths(path).map((value) => ({ path: { kind: 'exact', value } })),
        portal: { definition: name, path, credentials: credentialsOf(targets) },
      },
    ],
  }
}

/** Any of what the rules ask for; empty where none of them asks, so that the document has the word. */
function credentialsOf(targets: readonly Targeted[]): NonNullable<Portal['credentials']> {
  const schemes = targets.flatMap(({ rule }) => rule.auth?.schemes ?? [])
  if (schemes.length === 0) return []
  const found = new Map<string, NonNullable<Portal['credentials']>[number]>()
  for (const scheme of schemes) {
    const credential =
      scheme.kind === 'apiKey'
        ? { kind: scheme.kind, header: (scheme.header ?? 'x-api-key').toLowerCase() }
        : { kind: scheme.kind }
    found.set(JSON.stringify(credential), credential)
  }
  const open = targets.some(({ rule }) => !rule.auth)
  return [...found.values(), ...(open ? [{ kind: 'nobody' as const }] : [])]
}
