import { type OpenApiDocument, pointed } from '../openapi/document.ts'
import { isFormat } from './formats.ts'
import { problemOfPattern } from './patterns.ts'

/** What a document says of a request and is not taken: `problem` refuses the file, `unchecked` is only told. */
export type Notes = {
  problem(at: string, message: string): void
  unchecked(at: string, what: string): void
}
export type Schema = boolean | { [keyword: string]: unknown }
type Record_ = Readonly<Record<string, unknown>>

export const isRecord = (value: unknown): value is Record_ =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
/** A step of a JSON Pointer (RFC 6901). */
export const step = (key: string | number): string => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`

const annotations = new Set([
  ...['title', 'description', 'default', 'deprecated', 'readOnly', 'writeOnly', 'examples', 'example', 'xml'],
  ...['externalDocs', 'discriminator', '$comment', '$schema', 'contentMediaType', 'contentEncoding', 'contentSchema'],
  ...['nullable', '$defs', 'definitions'],
])
const plain = new Set([
  ...['type', 'enum', 'const', 'multipleOf', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum'],
  ...['maxLength', 'minLength', 'maxItems', 'minItems', 'uniqueItems', 'maxContains', 'minContains'],
  ...['maxProperties', 'minProperties', 'dependentRequired'],
])
const one = new Set([
  ...['not', 'if', 'then', 'else', 'items', 'contains', 'additionalProperties', 'propertyNames'],
  ...['unevaluatedItems', 'unevaluatedProperties'],
])
const several = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems'])
const byName = new Set(['properties', 'patternProperties', 'dependentSchemas'])
/** Nothing without the other, which Ajv refuses. */
const companions: ReadonlyMap<string, string> = new Map([
  ['then', 'if'],
  ['else', 'if'],
  ['minContains', 'contains'],
  ['maxContains', 'contains'],
])

const deepest = 64
const nodesAtMost = 20_000

export type Schemas = ReturnType<typeof createSchemas>

/**
 * The JSON Schemas (2020-12) of a document, as far as requests need them, copied so that only keywords are left that are
 * checked. References within the document lead to other copies, so they may be circular. Nothing outside is ever read.
 */
export function createSchemas(document: OpenApiDocument, notes: Notes) {
  const old = /^3\.0/.test(document.openapi)
  const copies: Record<string, Schema> = {}
  const places = new Map<string, string>()
  let nodes = 0

  // Ajv compiles what a $ref leads to at once, which for a web of schemas ends its stack. Only “unevaluated…” needs that.
  const linked = /"unevaluated(?:Items|Properties)"/.test(JSON.stringify(document))
  const link = (name: string): Schema => (linked ? { $ref: `#/$defs/${name}` } : { refer: name })

  const referred = (reference: unknown, at: string): Schema => {
    if (typeof reference !== 'string' || !reference.startsWith('#/')) {
      notes.unchecked(at, 'schemas of other documents')
      return true
    }
    const target = pointed(document, reference)
    if (target !== undefined) return link(take(target, reference))
    notes.problem(at, `There is no ${reference}.`)
    return true
  }

  const copy = (value: unknown, at: string, depth: number): Schema => {
    if (typeof value === 'boolean') return value
    if (!isRecord(value)) {
      notes.problem(at, 'A schema is an object.')
      return true
    }
    if (depth > deepest || ++nodes > nodesAtMost) {
      notes.problem(at, depth > deepest ? 'It is nested too deeply.' : 'There are too many schemas.')
      return true
    }
    if (old && '$ref' in value) return referred(value.$ref, `${at}/$ref`)
    const taken: { [keyword: string]: unknown } = {}
    for (const [keyword, given] of Object.entries(old ? modern(value) : value)) {
      const here = at + step(keyword)
      if (annotations.has(keyword) || keyword.startsWith('x-')) continue
      const needed = companions.get(keyword)
      if (needed !== undefined && !(needed in value)) notes.unchecked(here, `“${keyword}” without “${needed}”`)
      else if (keyword === '$ref') taken.allOf = [...listOf(taken.allOf), referred(given, here)]
      else if (keyword === 'allOf') taken.allOf = [...listOf(taken.allOf), ...copies_(given, here, depth)]
      else if (keyword === 'required') taken.required = requiredOf(value)
      else if (plain.has(keyword)) taken[keyword] = given
      else if (one.has(keyword)) taken[keyword] = copy(given, here, depth + 1)
      else if (several.has(keyword)) taken[keyword] = copies_(given, here, depth)
      else if (byName.has(keyword)) taken[keyword] = named(keyword, given, here, depth)
      else if (keyword === 'pattern') pattern(given, here, taken)
      else if (keyword === 'format') format(given, here, taken)
      else notes.unchecked(here, `the keyword “${keyword.slice(0, 40)}”`)
    }
    return taken
  }
  const copies_ = (given: unknown, at: string, depth: number): Schema[] =>
    listOf(given).map((each, index) => copy(each, at + step(index), depth + 1))
  const named = (keyword: string, given: unknown, at: string, depth: number): Record<string, Schema> => {
    const entries = isRecord(given) ? Object.entries(given) : []
    if (keyword === 'patternProperties')
      for (const [key] of entries) {
        const wrong = problemOfPattern(key)
        if (wrong !== null) notes.problem(at + step(key), wrong)
      }
    return Object.fromEntries(entries.map(([key, each]) => [key, copy(each, at + step(key), depth + 1)]))
  }
  const pattern = (given: unknown, at: string, into: { [keyword: string]: unknown }): void => {
    const wrong = typeof given === 'string' ? problemOfPattern(given) : 'A pattern is text.'
    if (wrong === null) into.pattern = given
    else notes.problem(at, wrong)
  }
  const format = (given: unknown, at: string, into: { [keyword: string]: unknown }): void => {
    if (typeof given === 'string' && isFormat(given)) into.format = given
    else notes.unchecked(at, `the format “${String(given).slice(0, 40)}”`)
  }
  /** What only answers have is not asked of a request (OpenAPI 3.1, “readOnly”). */
  const requiredOf = ({ required, properties }: Record_): unknown => {
    if (!Array.isArray(required)) return required
    const known = isRecord(properties) ? properties : {}
    return [...new Set(required)].filter((key) => !onlyAnswered(Object.hasOwn(known, key) ? known[key] : undefined))
  }
  const onlyAnswered = (property: unknown): boolean => {
    if (!isRecord(property)) return false
    if (property.readOnly === true) return true
    const target = typeof property.$ref === 'string' ? pointed(document, property.$ref) : undefined
    return isRecord(target) && target.readOnly === true
  }

  /** @returns the name under which the copy stands in `copies`. */
  const take = (value: unknown, at: string): string => {
    const known = places.get(at)
    if (known !== undefined) return known
    const name = `s${places.size}`
    places.set(at, name)
    const taken = copy(value, at, 0)
    copies[name] = typeof taken === 'boolean' ? taken : { ...taken, spend: true }
    return name
  }
  return { take, copies, places: (): ReadonlyMap<string, string> => places }
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** OpenAPI 3.0 has a dialect of its own: nullable, and exclusive bounds that are true or false. */
function modern(schema: Record_): Record_ {
  const { exclusiveMinimum, exclusiveMaximum, minimum, maximum, ...rest } = schema
  const { type } = schema
  const choices = Array.isArray(schema.enum) && !schema.enum.includes(null) ? { enum: [...schema.enum, null] } : {}
  return {
    ...rest,
    ...bound('minimum', 'exclusiveMinimum', minimum, exclusiveMinimum),
    ...bound('maximum', 'exclusiveMaximum', maximum, exclusiveMaximum),
    ...(schema.nullable === true && typeof type === 'string' ? { type: [type, 'null'], ...choices } : {}),
  }
}

function bound(name: string, exclusive: string, value: unknown, excluded: unknown): Record_ {
  if (value === undefined)
    return typeof excluded === 'boolean' || excluded === undefined ? {} : { [exclusive]: excluded }
  return { [excluded === true ? exclusive : name]: value }
}
