import type { PlaneConfigInput } from './plane/config.ts'

type Rule = PlaneConfigInput['routes'][number]['rules'][number]
type Filter = NonNullable<Rule['filters']>[number]

/**
 * The configuration of a file with `<file>:` before each of its names, so that several can be one. It stays apart in what
 * it means, too: where a rule asks who calls without naming consumers, those of other files are not let in.
 */
export function namedApart(file: string, config: PlaneConfigInput): PlaneConfigInput {
  const apart = (name: string): string => `${file}:${name}`
  const consumers = config.consumers ?? []
  const everybody = consumers.map(({ name }) => apart(name))
  return {
    listeners: config.listeners.map((each) => ({ ...each, name: apart(each.name) })),
    routes: config.routes.map((route) => ({
      ...route,
      name: apart(route.name),
      listeners: route.listeners.map(apart),
      rules: route.rules.map((rule) => ruleApart(rule, apart, everybody)),
    })),
    backends: config.backends.map((each) => ({ ...each, name: apart(each.name) })),
    consumers: consumers.map((each) => ({
      ...each,
      name: apart(each.name),
      jwtClaims: (each.jwtClaims ?? []).map((claim) => ({ ...claim, provider: apart(claim.provider) })),
    })),
    definitions: (config.definitions ?? []).map((each) => ({ ...each, name: apart(each.name) })),
    jwtProviders: (config.jwtProviders ?? []).map((each) => ({ ...each, name: apart(each.name) })),
  }
}

function ruleApart(rule: Rule, apart: (name: string) => string, everybody: readonly string[]): Rule {
  const { headerOverride: override, auth, definition, portal } = rule
  const filters = (rule.filters ?? []).map(
    (filter): Filter => (filter.kind === 'mirror' ? { ...filter, backend: apart(filter.backend) } : filter),
  )
  return {
    ...rule,
    filters,
    backends: (rule.backends ?? []).map((each) => ({ ...each, backend: apart(each.backend) })),
    ...(override === undefined ? {} : { headerOverride: { ...override, backend: apart(override.backend) } }),
    ...(definition === undefined ? {} : { definition: apart(definition) }),
    ...(portal === undefined ? {} : { portal: { ...portal, definition: apart(portal.definition) } }),
    ...(auth === undefined ? {} : { auth: authApart(auth, apart, everybody) }),
  }
}

type Auth = NonNullable<Rule['auth']>

function authApart(auth: Auth, apart: (name: string) => string, everybody: readonly string[]): Auth {
  const schemes = auth.schemes.map((each) => (each.kind === 'jwt' ? { ...each, provider: apart(each.provider) } : each))
  if (auth.consumers) return { ...auth, schemes, consumers: auth.consumers.map(apart) }
  // A token is enough without a consumer, and its provider is this file's own.
  return schemes.every(({ kind }) => kind === 'jwt')
    ? { ...auth, schemes }
    : { ...auth, schemes, consumers: [...everybody] }
}
