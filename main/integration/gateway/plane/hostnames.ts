/** Things kept by host name pattern: `shop.example`, `*.shop.example` (any depth) or `*`. */
export type HostMap<T> = {
  readonly exact: Map<string, T>
  /** By suffix with its dot: `.shop.example`. */
  readonly wildcard: Map<string, T>
  any: T | null
}

export const createHostMap = <T>(): HostMap<T> => ({ exact: new Map(), wildcard: new Map(), any: null })

export function atHost<T>(hosts: HostMap<T>, pattern: string, create: () => T): T {
  if (pattern === '*') {
    hosts.any ??= create()
    return hosts.any
  }
  const [map, key] = pattern.startsWith('*.') ? [hosts.wildcard, pattern.slice(1)] : [hosts.exact, pattern]
  const found = map.get(key) ?? create()
  map.set(key, found)
  return found
}

/** The first non-null of what `ask` says of the entries for a host, the most specific first. */
export function firstAtHost<T, R>(hosts: HostMap<T>, host: string, ask: (entry: T) => R | null): R | null {
  const exact = hosts.exact.get(host)
  const answer = exact === undefined ? null : ask(exact)
  if (answer !== null) return answer
  if (hosts.wildcard.size > 0)
    for (let dot = host.indexOf('.', 1); dot >= 0; dot = host.indexOf('.', dot + 1)) {
      const entry = hosts.wildcard.get(host.slice(dot))
      const found = entry === undefined ? null : ask(entry)
      if (found !== null) return found
    }
  return hosts.any === null ? null : ask(hosts.any)
}

/** What both a listener and a route stand for, as the Gateway API defines it; null when they have no host in common. */
export function intersect(listener: string, route: string): string | null {
  if (listener === '*' || listener === route) return route
  if (route === '*') return listener
  if (covers(listener, route)) return route
  return covers(route, listener) ? listener : null
}

const covers = (pattern: string, name: string): boolean =>
  pattern.startsWith('*.') && name.replace(/^\*/, '').endsWith(pattern.slice(1)) && name !== pattern.slice(2)
