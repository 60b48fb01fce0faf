/** The part of Kong's schema language (kong/db/schema/init.lua) in which entities.ts is written. */
export type Field = {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'set' | 'map' | 'record'
  readonly required?: boolean
  readonly default?: unknown
  readonly oneOf?: readonly (string | number)[]
  readonly between?: readonly [number, number]
  readonly above?: number
  /** One of them has to match. */
  readonly matchAny?: { readonly patterns: readonly RegExp[]; readonly error: string }
  readonly matchNone?: readonly { readonly pattern: RegExp; readonly error: string }[]
  /** What is wrong with it; null when nothing is. */
  readonly validator?: (value: never) => string | null
  readonly elements?: Field
  readonly keys?: Field
  readonly values?: Field
  readonly fields?: Fields
  /** What is wrong with all of a record together. */
  readonly entityChecks?: readonly ((record: Record) => string | null)[]
}
export type Fields = Readonly<{ [name: string]: Field }>
export type Record = Readonly<{ [name: string]: unknown }>

/** What is wrong, at the place where it is: a sentence, or the same below. `@entity` is about the whole. */
export type Faults = string | { [key: string]: Faults }

export const isRecord = (value: unknown): value is Record =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const expectations = {
  ...{ string: 'expected a string', integer: 'expected an integer', number: 'expected a number' },
  ...{ boolean: 'expected a boolean', array: 'expected an array', set: 'expected a set' },
  ...{ map: 'expected a map', record: 'expected a record' },
}

function isOfType({ type }: Field, value: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'array' || type === 'set') return Array.isArray(value)
  if (type === 'map' || type === 'record') return isRecord(value)
  return typeof value === type
}

/** @returns null for what Kong takes. */
export function faultsOf(field: Field, value: unknown): Faults | null {
  if (!isOfType(field, value)) return expectations[field.type]
  const simple = simpleFault(field, value)
  if (simple !== null) return simple
  if (field.elements !== undefined) {
    const { elements } = field
    return gathered((value as readonly unknown[]).map((each, index) => [String(index + 1), faultsOf(elements, each)]))
  }
  if (field.type === 'map') return mapFaults(field, value as Record)
  return field.fields === undefined ? null : recordFaults(field.fields, field.entityChecks ?? [], value as Record)
}

function simpleFault(field: Field, value: unknown): string | null {
  const { oneOf, between, above, matchAny, matchNone = [], validator } = field
  if (oneOf && !oneOf.includes(value as string)) return `expected one of: ${oneOf.join(', ')}`
  if (between && (Number(value) < between[0] || Number(value) > between[1]))
    return `value should be between ${between[0]} and ${between[1]}`
  if (above !== undefined && Number(value) <= above) return `value must be greater than ${above}`
  if (matchAny && !matchAny.patterns.some((pattern) => pattern.test(String(value)))) return matchAny.error
  const met = matchNone.find(({ pattern }) => pattern.test(String(value)))
  return met?.error ?? validator?.(value as never) ?? null
}

const mapFaults = ({ keys, values }: Field, map: Record): Faults | null =>
  gathered(
    Object.entries(map).map(([key, value]) => [
      key,
      (keys && faultsOf(keys, key)) ?? (values ? faultsOf(values, value) : null),
    ]),
  )

export function recordFaults(
  fields: Fields,
  checks: readonly ((record: Record) => string | null)[],
  record: Record,
): Faults | null {
  const unknown = Object.keys(record).filter((key) => fields[key] === undefined)
  const faults = gathered([
    ...unknown.map((key) => [key, 'unknown field'] as const),
    ...Object.entries(fields).map(([key, field]) => [key, fieldFault(field, record[key])] as const),
  ])
  if (faults !== null) return faults
  const filled = Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, record[key] ?? field.default]))
  const wrong = checks.map((check) => check(filled)).find((fault) => fault !== null)
  return wrong === undefined ? null : { '@entity': wrong }
}

function fieldFault(field: Field, value: unknown): Faults | null {
  if (value !== undefined && value !== null) return faultsOf(field, value)
  return field.required && field.default === undefined ? 'required field missing' : null
}

export function gathered(all: readonly (readonly [string, Faults | null])[]): { [key: string]: Faults } | null {
  const faults = Object.fromEntries(all.flatMap(([key, fault]) => (fault === null ? [] : [[key, fault]])))
  return Object.keys(faults).length === 0 ? null : faults
}
