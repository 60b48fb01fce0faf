import type { IncomingHttpHeaders } from 'node:http'
import { RE2JS } from 're2js'
import type { MatchConfig } from './config.ts'
import { atHost, createHostMap, firstAtHost, type HostMap } from './hostnames.ts'

/** What a route table is asked. `headers` is a function because most rules never look. */
export type Asked = {
  readonly host: string
  readonly path: string
  readonly query: string
  readonly method: string
  readonly headers: () => IncomingHttpHeaders
}

export type Found<T> = {
  readonly target: T /** The prefix that matched, for rewriting; the whole path otherwise. */
  readonly prefix: string
}

/** Rules in the order that breaks ties: a table is built once for each configuration, and asked for each request. */
export type RouteEntry<T> = { readonly hostname: string; readonly match: MatchConfig; readonly target: T }

type ValueTest = { readonly name: string; readonly test: (value: string) => boolean }
type Candidate<T> = {
  readonly target: T
  readonly method: string | undefined
  readonly headers: readonly ValueTest[]
  readonly query: readonly ValueTest[]
}
type PathTable<T> = {
  readonly exact: Map<string, Candidate<T>[]>
  readonly prefix: Map<string, Candidate<T>[]>
  readonly regex: { readonly pattern: RE2JS; readonly source: string; readonly candidates: Candidate<T>[] }[]
}

export type RouteTable<T> = (asked: Asked) => Found<T> | null

/**
 * Precedence of the Gateway API (HTTPRouteRule.matches): the most specific host; an exact path; then a regular
 * expression (the API leaves its place to us); the longest prefix; a method; most headers; most query parameters; then
 * the order given.
 */
export function createRouteTable<T>(entries: readonly RouteEntry<T>[]): RouteTable<T> {
  const hosts: HostMap<PathTable<T>> = createHostMap()
  for (const { hostname, match, target } of entries) {
    const table = atHost(hosts, hostname, () => ({ exact: new Map(), prefix: new Map(), regex: [] }))
    candidatesAt(table, match).push(candidateOf(match, target))
  }
  for (const table of [...hosts.exact.values(), ...hosts.wildcard.values(), ...(hosts.any ? [hosts.any] : [])])
    sort(table)
  return (asked) => firstAtHost(hosts, asked.host, (table) => find(table, asked))
}

function candidatesAt<T>(table: PathTable<T>, { path }: MatchConfig): Candidate<T>[] {
  if (path.kind === 'regex') {
    const known = table.regex.find(({ source }) => source === path.value)
    if (known) return known.candidates
    const fresh = { pattern: RE2JS.compile(path.value), source: path.value, candidates: [] }
    table.regex.push(fresh)
    return fresh.candidates
  }
  const map = path.kind === 'exact' ? table.exact : table.prefix
  const key = path.kind === 'exact' ? path.value : path.value.replace(/\/+$/, '')
  const found = map.get(key) ?? []
  map.set(key, found)
  return found
}

function candidateOf<T>({ method, headers, query }: MatchConfig, target: T): Candidate<T> {
  const test = ({ name, kind, value }: MatchConfig['headers'][number]): ValueTest => {
    if (kind === 'exact') return { name, test: (given) => given === value }
    const pattern = RE2JS.compile(value)
    return { name, test: (given) => pattern.matches(given) }
  }
  const lower = headers.map((each) => test({ ...each, name: each.name.toLowerCase() }))
  return { target, method, headers: lower, query: query.map(test) }
}

function sort<T>(table: PathTable<T>): void {
  const bySpecificity = (a: Candidate<T>, b: Candidate<T>): number =>
    Number(b.method !== undefined) - Number(a.method !== undefined) ||
    b.headers.length - a.headers.length ||
    b.query.length - a.query.length
  for (const list of [...table.exact.values(), ...table.prefix.values()]) list.sort(bySpecificity)
  for (const { candidates } of table.regex) candidates.sort(bySpecificity)
  table.regex.sort((a, b) => b.source.length - a.source.length)
}

function find<T>(table: PathTable<T>, asked: Asked): Found<T> | null {
  const { path } = asked
  const exact = table.exact.size > 0 ? firstOf(table.exact.get(path), asked) : null
  if (exact) return { target: exact.target, prefix: path }
  for (const { pattern, candidates } of table.regex) {
    const found = pattern.matches(path) ? firstOf(candidates, asked) : null
    if (found) return { target: found.target, prefix: path }
  }
  // Prefixes end at a slash, so cutting the path there visits each that can match, the longest first.
  for (let end = path.length; end >= 0; end = end === 0 ? -1 : path.lastIndexOf('/', end - 1)) {
    const prefix = end === path.length ? path : path.slice(0, end)
    const found = firstOf(table.prefix.get(prefix), asked)
    if (found) return { target: found.target, prefix }
  }
  return null
}

function firstOf<T>(candidates: readonly Candidate<T>[] | undefined, asked: Asked): Candidate<T> | null {
  if (candidates === undefined) return null
  for (const candidate of candidates) if (fits(candidate, asked)) return candidate
  return null
}

function fits<T>({ method, headers, query }: Candidate<T>, asked: Asked): boolean {
  if (method !== undefined && method !== asked.method) return false
  if (headers.length > 0) {
    const given = asked.headers()
    for (const { name, test } of headers) {
      const value = given[name]
      if (value === undefined || !test(typeof value === 'string' ? value : value.join(', '))) return false
    }
  }
  if (query.length === 0) return true
  const given = new URLSearchParams(asked.query)
  return query.every(({ name, test }) => {
    const value = given.get(name)
    return value !== null && test(value)
  })
}
