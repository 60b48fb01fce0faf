import type { Contract } from '#preload/contract/define.ts'
import { type Action, actionOf } from '../policy.ts'

/** An operation as policies see it: its name, and the groups it is in. */
export type ActionEntry = Action & { readonly summary: string; readonly groups: readonly string[] }

type ActionGroup = { readonly name: string; readonly summary: string }

export type Vocabulary = {
  readonly actions: readonly ActionEntry[]
  readonly groups: readonly ActionGroup[]
}

/** Every area of the product, so that a policy may speak of one before it has operations. */
const areas = [
  'fleet',
  'deployment',
  'observability',
  'security',
  'distribution',
  'integration',
  'lifecycle',
  'extensions',
] as const

const fixedGroups: readonly ActionGroup[] = [
  { name: 'kind:query', summary: 'Everything that reads once.' },
  { name: 'kind:stream', summary: 'Everything that reads or tells for a while.' },
  { name: 'kind:command', summary: 'Everything that changes something.' },
  { name: 'access:open', summary: 'What anybody may call, signed in or not.' },
  { name: 'access:self', summary: 'What acts on one’s own session, factors, devices and delegations.' },
  { name: 'access:sensitive', summary: 'Dangerous acts.' },
]

/**
 * What policies can name. Operations are `<capability>.<operation>`; groups have a colon (`kind:command`,
 * `area:security`, `capability:alerts`, `access:sensitive`), so that the two never collide.
 */
export function vocabularyOf(contracts: readonly Contract[]): Vocabulary {
  const actions = contracts.flatMap((contract) =>
    Object.entries(contract.operations).map(([name, operation]) => {
      const action = actionOf(contract.area, contract.capability, name, operation)
      return { ...action, summary: operation.summary, groups: groupsOf(action) }
    }),
  )
  const named = new Set([...areas, ...contracts.map(({ area }) => area)])
  return {
    actions,
    groups: [
      ...fixedGroups,
      ...[...named].map((area) => ({ name: `area:${area}`, summary: `Everything in ${area}.` })),
      ...contracts.map(({ capability, summary }) => ({ name: `capability:${capability}`, summary })),
    ],
  }
}

const groupsOf = ({ kind, area, capability, access }: Action): readonly string[] => [
  `kind:${kind}`,
  `area:${area}`,
  `capability:${capability}`,
  ...access.map((name) => `access:${name}`),
]
