import type { ConfigLayer } from './environments.ts'

/** A value that the services of an environment get, and the layer it comes from. */
export type ConfiguredValue = { readonly name: string; readonly value: string; readonly layer: string }

/** The layers merged in their order: a later layer replaces what an earlier one says. Sorted by name. */
export function mergeLayers(layers: readonly ConfigLayer[]): readonly ConfiguredValue[] {
  const merged = new Map<string, ConfiguredValue>()
  for (const { name: layer, values } of layers)
    for (const [name, value] of Object.entries(values)) merged.set(name, { name, value, layer })
  return [...merged.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
