import { keywords, variables } from './cedar-words.ts'

/** What a policy can name, as the application tells it. */
export type Vocabulary = {
  readonly roles: readonly string[]
  readonly actions: readonly { readonly name: string; readonly summary: string }[]
  readonly actionGroups: readonly { readonly name: string; readonly summary: string }[]
  readonly environments: readonly string[]
}

export type Completion = { readonly label: string; readonly detail?: string; readonly kind: string }

/** @property from the offset at which the completed text begins. */
export type Completions = { readonly from: number; readonly options: readonly Completion[] }

const words: readonly Completion[] = [...keywords, ...variables].map((label) => ({ label, kind: 'keyword' }))

const annotations: readonly Completion[] = [
  { label: '@id("")', detail: 'names the policy', kind: 'keyword' },
  { label: '@reason("")', detail: 'what a refused person reads', kind: 'keyword' },
  { label: '@advice("step_up")', detail: 'allowed after a fresh proof', kind: 'keyword' },
  { label: '@advice("approval")', detail: 'allowed with approvals', kind: 'keyword' },
]

/** The attributes that the schema declares after a heading: `entity Identity`, `entity Resource`, `type Circumstances`. */
export function attributesOf(schema: string, heading: RegExp): readonly Completion[] {
  const at = heading.exec(schema)
  if (at === null) return []
  const open = schema.indexOf('{', at.index)
  if (open < 0) return []
  let depth = 0
  let flat = ''
  for (const character of schema.slice(open).replace(/\/\/.*$/gm, '')) {
    if (character === '}') depth--
    if (depth === 0 && flat !== '') break
    if (depth === 1) flat += character
    if (character === '{') depth++
  }
  return [...flat.matchAll(/"?([A-Za-z_]\w*)"?\??\s*:\s*([\w<>:"]+)?/g)].map(([, label = '', type]) => ({
    label,
    kind: 'property',
    ...(type === undefined ? {} : { detail: type }),
  }))
}

const headings = {
  principal: /entity\s+Identity\b/,
  resource: /entity\s+Resource\b/,
  context: /\btype\s+Circumstances\b/,
} as const

/**
 * What can stand at the end of a text that is being written.
 *
 * @param before the text up to the caret.
 * @returns null where nothing is to be offered.
 */
export function completionsAt(before: string, vocabulary: Vocabulary, schema: string): Completions | null {
  const entity = /(\w+)::"([^"\n]*)$/.exec(before)
  if (entity) {
    const from = before.length - (entity[2] ?? '').length
    const options = entitiesOf(entity[1] ?? '', vocabulary)
    return options.length === 0 ? null : { from, options }
  }
  const environment = /environment\s*(?:==|!=|in)\s*\[?(?:\s*"[^"]*"\s*,)*\s*"([^"\n]*)$/.exec(before)
  if (environment) {
    const options = vocabulary.environments.map((label) => ({ label, kind: 'constant' }))
    return { from: before.length - (environment[1] ?? '').length, options }
  }
  if (/"[^"\n]*$/.test(before.slice(before.lastIndexOf('\n') + 1).replace(/"[^"\n]*"/g, ''))) return null
  const member = /\b(principal|resource|context)\.(\w*)$/.exec(before)
  if (member) {
    const options = attributesOf(schema, headings[member[1] as keyof typeof headings])
    return { from: before.length - (member[2] ?? '').length, options }
  }
  const annotation = /@\w*$/.exec(before)
  if (annotation) return { from: annotation.index, options: annotations }
  const word = /\w+$/.exec(before)
  return word === null ? null : { from: word.index, options: [...words, ...typesOf()] }
}

const typesOf = (): readonly Completion[] =>
  ['Action', 'Role', 'Group', 'Environment', 'Identity'].map((type) => ({ label: `${type}::""`, kind: 'type' }))

function entitiesOf(type: string, { actions, actionGroups, roles, environments }: Vocabulary): readonly Completion[] {
  if (type === 'Role') return roles.map((label) => ({ label, kind: 'constant' }))
  if (type === 'Environment') return environments.map((label) => ({ label, kind: 'constant' }))
  if (type !== 'Action') return []
  return [
    ...actionGroups.map(({ name, summary }) => ({ label: name, detail: summary, kind: 'namespace' })),
    ...actions.map(({ name, summary }) => ({ label: name, detail: summary, kind: 'function' })),
  ]
}
