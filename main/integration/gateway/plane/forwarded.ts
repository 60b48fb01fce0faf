import { BlockList, isIPv6 } from 'node:net'

/** Decides whether a peer is a proxy whose word we take. Null: none is. */
export type Trust = ((address: string) => boolean) | null

export function trustOf(ranges: readonly string[]): Trust {
  if (ranges.length === 0) return null
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return (address) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

export type Came = {
  /** Whoever asked: the peer, or what trusted proxies say of it. */
  readonly client: string
  readonly trusted: boolean
}

const plain = (address: string): string => (address.startsWith('::ffff:') ? address.slice(7) : address)

/** The rightmost address of X-Forwarded-For that is no trusted proxy, as long as the peer is one. */
export function whoCame(peer: string, forwardedFor: string | undefined, trust: Trust): Came {
  const direct = plain(peer)
  if (trust === null || !trust(direct)) return { client: direct, trusted: false }
  const chain = (forwardedFor ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
  for (const address of chain.reverse()) if (!trust(address)) return { client: address, trusted: true }
  return { client: direct, trusted: true }
}

type Stated = {
  readonly peer: string
  readonly trusted: boolean
  readonly host: string
  readonly scheme: 'http' | 'https'
  readonly before: Readonly<Record<string, string | string[] | undefined>>
}

/** X-Forwarded-* and Forwarded (RFC 7239): ours alone, or appended to what a trusted proxy said. */
export function pushForwarded(flat: string[], { peer, trusted, host, scheme, before }: Stated): void {
  const address = plain(peer)
  const node = address.includes(':') ? `"[${address}]"` : address
  const element = `for=${node};host=${quoted(host)};proto=${scheme}`
  const said = (name: string): string | undefined => {
    const value = trusted ? before[name] : undefined
    return typeof value === 'string' ? value : value?.join(', ')
  }
  const chain = said('x-forwarded-for')
  const forwarded = said('forwarded')
  flat.push('x-forwarded-for', chain === undefined ? address : `${chain}, ${address}`)
  flat.push('x-forwarded-host', said('x-forwarded-host') ?? host)
  flat.push('x-forwarded-proto', said('x-forwarded-proto') ?? scheme)
  flat.push('forwarded', forwarded === undefined ? element : `${forwarded}, ${element}`)
}

/** `host:port` has a colon, so it is no token and must be quoted. Hosts that reach here have no quotes. */
const quoted = (host: string): string => (host.includes(':') ? `"${host}"` : host)
