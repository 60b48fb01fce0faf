import type { FilterConfig } from './config.ts'

type HeaderChange =
  | Extract<FilterConfig, { kind: 'requestHeaders' }>
  | Extract<FilterConfig, { kind: 'responseHeaders' }>

/** Fields of one connection (RFC 9110 §7.6.1), which no proxy passes on. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])
/** Fields that only we may state; what a client sends of them is dropped, or appended to when its proxy is trusted. */
const ours = new Set([
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-consumer-name',
  'traceparent',
])
/** `expect` is answered by this server already. */
const dropped = new Set([...hopByHop, ...ours, 'expect', 'host', 'tracestate'])

type Known = { readonly lower: string; readonly pass: boolean }
const names = new Map<string, Known>()
const mostNames = 2_000

function known(name: string): Known {
  const found = names.get(name)
  if (found) return found
  const lower = name.toLowerCase()
  // x_forwarded_for is x-forwarded-for to a CGI-like upstream.
  const entry = { lower, pass: !dropped.has(lower) && !lower.startsWith(':') && !ours.has(lower.replaceAll('_', '-')) }
  if (names.size < mostNames) names.set(name, entry)
  return entry
}

/** How many Host fields there are: more than one is an attack (RFC 9112 §3.2). */
export function hostFields(raw: readonly string[]): number {
  let count = 0
  for (let index = 0; index < raw.length; index += 2) if (known(raw[index] ?? '').lower === 'host') count++
  return count
}

/** End-to-end fields of a request as a flat list of names and values, without those that this gateway states itself. */
export function passedOn(
  raw: readonly string[],
  connection: string | undefined,
  without: ReadonlySet<string> | null,
): string[] {
  const listed = connection === undefined ? null : connectionOptions(connection)
  const out: string[] = []
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? ''
    const { lower, pass } = known(name)
    if (!pass || without?.has(lower) || listed?.has(lower)) continue
    out.push(name, raw[index + 1] ?? '')
  }
  return out
}

/** Content-Length must not vanish by being named in Connection: the body would be read as the next request. */
function connectionOptions(header: string): Set<string> | null {
  const lower = header.toLowerCase()
  if (lower === 'keep-alive' || lower === 'close') return null
  const options = new Set(lower.split(',').map((option) => option.trim()))
  options.delete('content-length')
  return options
}

/** Response fields that go on to the client, of flat names in lower case and values. */
export function answeredOn(flat: readonly string[]): string[] {
  const connection = flatValue(flat, 'connection')
  const listed = connection === undefined ? null : connectionOptions(connection)
  const out: string[] = []
  for (let index = 0; index < flat.length; index += 2) {
    const name = flat[index] ?? ''
    if (!hopByHop.has(name) && !listed?.has(name)) out.push(name, flat[index + 1] ?? '')
  }
  return out
}

/** The same with all names in lower case. */
export const lowered = (flat: readonly string[]): string[] =>
  flat.map((each, index) => (index % 2 === 0 ? each.toLowerCase() : each))

/** Applies a header filter to a flat list: set replaces, add appends, remove drops; by name without case. */
export function changeHeaders(flat: readonly string[], { set, add, remove }: Omit<HeaderChange, 'kind'>): string[] {
  const gone = new Set([...remove, ...set.map(({ name }) => name)].map((name) => name.toLowerCase()))
  const out: string[] = []
  for (let index = 0; index < flat.length; index += 2)
    if (!gone.has((flat[index] ?? '').toLowerCase())) out.push(flat[index] ?? '', flat[index + 1] ?? '')
  for (const { name, value } of [...set, ...add]) out.push(name, value)
  return out
}

/** The value of a field by its name in lower case. */
export function flatValue(flat: readonly string[], name: string): string | undefined {
  for (let index = 0; index < flat.length; index += 2) {
    const each = flat[index] ?? ''
    if (each === name || (each.length === name.length && each.toLowerCase() === name)) return flat[index + 1]
  }
  return undefined
}
