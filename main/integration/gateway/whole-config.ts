import type { PlaneConfigInput } from './plane/config.ts'

/** One configuration of many, whose names do not collide. */
export function wholeConfig(parts: Iterable<PlaneConfigInput>): PlaneConfigInput {
  const all = [...parts]
  return {
    listeners: all.flatMap(({ listeners }) => listeners),
    routes: all.flatMap(({ routes }) => routes),
    backends: all.flatMap(({ backends }) => backends),
    consumers: all.flatMap(({ consumers = [] }) => consumers),
    jwtProviders: all.flatMap(({ jwtProviders = [] }) => jwtProviders),
    definitions: all.flatMap(({ definitions = [] }) => definitions),
  }
}
