import { type OpenApiDocument, pointed } from '../openapi/document.ts'
import { isRecord } from './schemas.ts'

/** What a parameter may be, so that its text can be read as such. Empty: anything. */
export type TextTypes = ReadonlySet<string>

const referencesAtMost = 20

/** The types that a schema and what it is composed of name, and those of its items. */
export function textTypesOf(document: OpenApiDocument, schema: unknown): { types: TextTypes; itemTypes: TextTypes } {
  const types = new Set<string>()
  const items: unknown[] = []
  gather(document, schema, types, items, 0)
  const itemTypes = new Set<string>()
  for (const each of items) gather(document, each, itemTypes, [], 0)
  return { types, itemTypes }
}

function gather(document: OpenApiDocument, schema: unknown, types: Set<string>, items: unknown[], depth: number): void {
  if (!isRecord(schema) || depth > referencesAtMost) return
  const { type, $ref } = schema
  for (const each of Array.isArray(type) ? type : [type]) if (typeof each === 'string') types.add(each)
  if ('items' in schema) items.push(schema.items)
  for (const value of [...choices(schema.enum), ...('const' in schema ? [schema.const] : [])]) types.add(typeOf(value))
  if (typeof $ref === 'string' && $ref.startsWith('#/'))
    gather(document, pointed(document, $ref), types, items, depth + 1)
  for (const part of [...choices(schema.allOf), ...choices(schema.anyOf), ...choices(schema.oneOf)].slice(0, 50))
    gather(document, part, types, items, depth + 4)
}

const choices = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const typeOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value === 'object' ? 'object' : typeof value

/** What a text may mean, the likeliest first. */
export function readings(text: string, types: TextTypes): unknown[] {
  const anything = types.size === 0
  const found: unknown[] = []
  if (
    (anything || types.has('integer') || types.has('number')) &&
    /^-?\d{1,300}(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?$/.test(text)
  )
    found.push(Number(text))
  if ((anything || types.has('boolean')) && (text === 'true' || text === 'false')) found.push(text === 'true')
  if (anything || types.has('string') || found.length === 0) found.push(text)
  return found
}
