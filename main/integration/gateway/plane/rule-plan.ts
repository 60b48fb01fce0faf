import type { Definition } from '../definition/definition.ts'
import type { Backend } from './backends.ts'
import type { DefinitionConfig, FilterConfig, RouteConfig, RuleConfig } from './config.ts'
import type { Counter, Counters } from './counters.ts'
import { compiledDefinition } from './definitions.ts'
import { createPortal, type Portal } from './portal.ts'
import { createRetryBudget, type RetryBudget } from './retry-budget.ts'
import { createSplit, type Share, type Split } from './split.ts'

type FilterOf<K extends FilterConfig['kind']> = Extract<FilterConfig, { kind: K }>

export type Choice = Share & { readonly backend: Backend; readonly counter: Counter }

export type Mirror = {
  readonly backend: Backend /** Whether the next request is one of the share to be copied. */
  readonly next: () => boolean
}

/** A rule as requests meet it: everything looked up that a configuration already decides. */
export type RulePlan = {
  readonly route: string
  readonly rule: RuleConfig
  /** For what the gateway answers itself. */
  readonly own: Counter
  readonly split: Split<Choice>
  readonly override: { readonly header: string; readonly value: string; readonly choice: Choice } | null
  readonly mirrors: readonly Mirror[]
  readonly budget: RetryBudget
  readonly requestHeaders: FilterOf<'requestHeaders'> | null
  readonly responseHeaders: FilterOf<'responseHeaders'> | null
  readonly rewrite: FilterOf<'rewrite'> | null
  readonly redirect: FilterOf<'redirect'> | null
  readonly cors: FilterOf<'cors'> | null
  /** What requests must be like; null where nobody asks. */
  readonly definition: Definition | null
  readonly portal: Portal | null
  /** Credentials that stay here, by header name in lower case. */
  readonly withheld: ReadonlySet<string> | null
}

export function planRule(
  route: RouteConfig,
  rule: RuleConfig,
  backends: ReadonlyMap<string, Backend>,
  counters: Counters,
  definitions: ReadonlyMap<string, DefinitionConfig>,
): RulePlan {
  const backend = (name: string): Backend => {
    const found = backends.get(name)
    if (!found) throw new Error(`The backend ${name} was not checked.`)
    return found
  }
  const choice = (name: string, weight: number): Choice => ({
    name,
    weight,
    backend: backend(name),
    counter: counters.of(route.name, name),
  })
  const filter = <K extends FilterConfig['kind']>(kind: K): FilterOf<K> | null =>
    rule.filters.find((each): each is FilterOf<K> => each.kind === kind) ?? null
  const definition = (name: string): DefinitionConfig => {
    const found = definitions.get(name)
    if (!found) throw new Error(`The definition ${name} was not checked.`)
    return found
  }
  const { headerOverride } = rule
  return {
    route: route.name,
    rule,
    own: counters.of(route.name, null),
    split: createSplit(rule.backends.map(({ backend: name, weight }) => choice(name, weight))),
    override: headerOverride
      ? {
          header: headerOverride.header.toLowerCase(),
          value: headerOverride.value,
          choice: choice(headerOverride.backend, 1),
        }
      : null,
    mirrors: rule.filters
      .filter((each) => each.kind === 'mirror')
      .map((each) => ({ backend: backend(each.backend), next: shareOf(each.percent) })),
    budget: createRetryBudget(),
    requestHeaders: filter('requestHeaders'),
    responseHeaders: filter('responseHeaders'),
    rewrite: filter('rewrite'),
    redirect: filter('redirect'),
    cors: filter('cors'),
    definition: rule.definition === undefined ? null : compiledDefinition(definition(rule.definition)).definition,
    portal: rule.portal ? createPortal(rule.portal, definition(rule.portal.definition)) : null,
    withheld: withheldBy(rule),
  }
}

/** Exactly that many in a hundred, evenly spread. */
function shareOf(percent: number): () => boolean {
  let owed = 0
  return () => {
    owed += percent
    if (owed < 100) return false
    owed -= 100
    return true
  }
}

function withheldBy({ auth }: RuleConfig): ReadonlySet<string> | null {
  if (!auth || auth.forwardCredentials) return null
  const names = auth.schemes.flatMap((scheme) =>
    scheme.kind === 'apiKey' ? [scheme.header.toLowerCase()] : scheme.kind === 'basic' ? ['authorization'] : [],
  )
  // A bearer token is for the upstream too; a password is not.
  return names.length === 0 ? null : new Set(names)
}
