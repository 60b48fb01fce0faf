export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** One place in two JSON values, by its path (`auth.username`, `watchedUnits.0`; empty for the whole). */
export type JsonChange =
  | { readonly kind: 'added'; readonly path: string; readonly after: Json }
  | { readonly kind: 'removed'; readonly path: string; readonly before: Json }
  | { readonly kind: 'changed'; readonly path: string; readonly before: Json; readonly after: Json }
  | { readonly kind: 'same'; readonly path: string; readonly after: Json }

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

const entriesOf = (value: Json): ReadonlyMap<string, Json> | null => {
  if (value === null || typeof value !== 'object') return null
  const entries = isList(value) ? value.map((item, at) => [String(at), item] as const) : Object.entries(value)
  return new Map(entries)
}

const under = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)

/** All leaves below a value; an empty object or list is a leaf of its own. */
function leaves(value: Json, path: string): readonly { readonly path: string; readonly value: Json }[] {
  const entries = entriesOf(value)
  if (entries === null || entries.size === 0) return [{ path, value }]
  return [...entries].flatMap(([key, inner]) => leaves(inner, under(path, key)))
}

const added = (value: Json, path: string): readonly JsonChange[] =>
  leaves(value, path).map((leaf) => ({ kind: 'added', path: leaf.path, after: leaf.value }))

const removed = (value: Json, path: string): readonly JsonChange[] =>
  leaves(value, path).map((leaf) => ({ kind: 'removed', path: leaf.path, before: leaf.value }))

/**
 * What differs between two JSON values, key by key, in the order of `before` and then of what is new. Lists are
 * compared by position. Null on one whole side means that there was, or is, nothing.
 */
export function diffJson(before: Json, after: Json, path = ''): readonly JsonChange[] {
  if (path === '' && before === null) return after === null ? [] : added(after, path)
  if (path === '' && after === null) return removed(before, path)
  const old = entriesOf(before)
  const fresh = entriesOf(after)
  if (old === null || fresh === null || isList(before) !== isList(after) || (old.size === 0 && fresh.size === 0)) {
    if (JSON.stringify(before) === JSON.stringify(after)) return [{ kind: 'same', path, after }]
    return [{ kind: 'changed', path, before, after }]
  }
  const keys = [...new Set([...old.keys(), ...fresh.keys()])]
  return keys.flatMap((key) => {
    const [was, is] = [old.get(key), fresh.get(key)]
    if (was === undefined) return is === undefined ? [] : added(is, under(path, key))
    if (is === undefined) return removed(was, under(path, key))
    return diffJson(was, is, under(path, key))
  })
}

/** A leaf as it is read: text bare, everything else as JSON. */
export const jsonText = (value: Json): string =>
  typeof value === 'string' && value !== '' ? value : JSON.stringify(value)
