import { parse } from 'yaml'
import { entities, entityFaults } from './entities.ts'
import { type Faults, isRecord, type Record } from './schema.ts'

type FlatError = { readonly type: 'entity' | 'field'; readonly field?: string; readonly message: string }
type Flattened = {
  readonly entity_type: string
  readonly entity_name?: string
  readonly entity: Record
  readonly errors: readonly FlatError[]
}
export type Counts = { readonly [kind: string]: readonly Record[] }
type Read =
  | { readonly kind: 'taken'; readonly entities: Counts }
  | { readonly kind: 'refused'; readonly fields: Record; readonly flattened: readonly Flattened[] }

/** JSON is tried first, then YAML, which Kong reads as that of 1.1 (kong/db/declarative/init.lua, `unserialize`). */
export function unserialize(text: string): Record | string {
  try {
    const json: unknown = JSON.parse(text)
    if (isRecord(json)) return json
  } catch {
    // It may be YAML.
  }
  try {
    const yaml: unknown = parse(text, { version: '1.1' })
    return isRecord(yaml) ? yaml : 'failed parsing declarative configuration: expected an object'
  } catch (thrown) {
    return `failed parsing declarative configuration: ${thrown instanceof Error ? thrown.message.split('\n')[0] : thrown}`
  }
}

/** Checks a whole configuration, as `declarative_config` does: each entity, then what has to be there once. */
export function readDeclarative(document: Record): Read {
  const { _format_version: version, _transform: _, _comment: __, ...rest } = document
  const fields: { [key: string]: unknown } = {}
  if (version === undefined) fields._format_version = 'required field missing'
  else if (!['1.1', '2.1', '3.0'].includes(String(version)) || typeof version !== 'string')
    fields._format_version = 'expected one of: 1.1, 2.1, 3.0'
  const found: { [kind: string]: Record[] } = {}
  const flattened: Flattened[] = []
  const seen = new Set<string>()
  const walk = (kind: string, list: unknown, parent: string): void => {
    const entity = entities[kind]
    if (entity === undefined) {
      fields[kind] = 'unknown field'
      return
    }
    if (!Array.isArray(list)) {
      fields[kind] = 'expected an array'
      return
    }
    for (const [index, record] of list.entries()) {
      if (!isRecord(record)) {
        fields[kind] = 'expected a record'
        continue
      }
      const key = record[entity.key]
      const place = `${kind} ${entity.unique === 'within' ? `${parent} ` : ''}${key}`
      const twice = key !== undefined && seen.has(place)
      seen.add(place)
      const faults = twice
        ? { '@entity': `uniqueness violation: '${kind}' entity with ${entity.key} set to '${key}' already declared` }
        : entityFaults(kind, record)
      if (faults !== null) flattened.push(flat(entity.one, record, faults))
      found[kind] = [...(found[kind] ?? []), record]
      for (const child of entity.children)
        if (record[child] !== undefined) walk(child, record[child], `${parent}/${kind}.${key ?? index}`)
    }
  }
  for (const [kind, list] of Object.entries(rest)) walk(kind, list, '')
  if (flattened.length > 0 || Object.keys(fields).length > 0) return { kind: 'refused', fields, flattened }
  return { kind: 'taken', entities: found }
}

function flat(type: string, entity: Record, faults: { [key: string]: Faults }): Flattened {
  const { name } = entity
  const called = typeof name === 'string' && name !== '' ? name : undefined
  return {
    entity_type: type,
    ...(called === undefined ? {} : { entity_name: called }),
    entity,
    errors: errorsOf(faults, ''),
  }
}

const errorsOf = (faults: { [key: string]: Faults }, at: string): FlatError[] =>
  Object.entries(faults).flatMap(([key, fault]): FlatError[] => {
    if (typeof fault !== 'string') return errorsOf(fault, `${at}${key}.`)
    if (key === '@entity') return [{ type: 'entity', message: fault }]
    return [{ type: 'field', field: `${at}${key}`, message: fault }]
  })
