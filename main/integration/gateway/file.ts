import type { GatewayCheck, GatewayProblem } from '#preload/integration/gateway.ts'
import { readGatewayApi } from './gateway-api.ts'
import type { ListenerPlace } from './gateway-api-listeners.ts'
import type { FileConfig } from './gateway-plane.ts'
import type { PlaneConfigInput } from './plane/config.ts'
import { intersect } from './plane/hostnames.ts'
import type { GatewayApiSecrets } from './secret-references.ts'

export type ReadFile = {
  /** Holds only without problems. */
  readonly config: FileConfig
  readonly problems: readonly GatewayProblem[]
  /** Where each listener stands. */
  readonly places: ReadonlyMap<string, ListenerPlace>
  /** The names of the certificates and authorities that it takes. */
  readonly uses: ReadonlySet<string>
}

/** Reads the text of a file. Private keys stand in `config` as `secrets` tells them. */
export function readFile(text: string, secrets: GatewayApiSecrets): ReadFile {
  const { config, problems, uses, places } = readGatewayApi(text, secrets)
  return { config, uses, places, problems: [...problems, ...unnamedConsumers(config)] }
}

/** Beside tokens, which need no consumer, “everybody who is known” cannot be told from the consumers of other files. */
function unnamedConsumers({ routes }: PlaneConfigInput): GatewayProblem[] {
  return routes.flatMap(({ name, rules }) => {
    const mixed = rules.filter(({ auth }) => auth && !auth.consumers && mixesTokens(auth.schemes))
    if (mixed.length === 0) return []
    const message = `A RoutePolicy of “${name}” takes tokens and other credentials. Name the consumers it lets in.`
    return [{ document: null, path: 'spec.auth.consumers', message }]
  })
}

const mixesTokens = (schemes: readonly { readonly kind: string }[]): boolean =>
  schemes.some(({ kind }) => kind === 'jwt') && schemes.some(({ kind }) => kind !== 'jwt')

/** What a text would have the gateway do, for a person to look at. */
export function summaryOf({ config, problems }: ReadFile): GatewayCheck {
  return {
    problems: [...problems],
    listeners: config.listeners.map(({ name, host = '127.0.0.1', port, protocol, hostname = '*' }) => ({
      ...{ name, protocol, hostname },
      address: `${host}:${port}`,
    })),
    routes: config.routes.map(({ name, listeners, hostnames = [], rules }) => ({
      ...{ name, listeners: [...listeners], hostnames: [...hostnames], rules: rules.length },
      backends: [...new Set(rules.flatMap(({ backends = [] }) => backends.map(({ backend }) => backend)))],
    })),
    portals: problems.length > 0 ? [] : portalsOf(config),
  }
}

/** Where a browser finds the pages of documentation: for every listener and host name that is one, not a pattern. */
function portalsOf({ listeners, routes }: PlaneConfigInput): string[] {
  return routes.flatMap(({ rules, hostnames = [], listeners: attached }) => {
    const path = rules.find(({ portal }) => portal !== undefined)?.portal?.path
    if (path === undefined) return []
    return listeners
      .filter(({ name }) => attached.includes(name))
      .flatMap(({ host = '127.0.0.1', port, protocol, hostname = '*' }) => {
        const asked = hostnames.length === 0 ? ['*'] : hostnames
        const hosts = asked.map((each) => intersect(hostname, each)).filter((each) => each !== null)
        const named = hosts.filter((each) => !each.startsWith('*.'))
        return named.map((each) => `${protocol}://${each === '*' ? host : each}:${port}${path}`)
      })
  })
}

const shownAtMost = 20

/** All problems as one sentence each, with their place as a person counts. */
export function problemText(problems: readonly GatewayProblem[]): string {
  const lines = problems.slice(0, shownAtMost).map(({ document, path, message }) => {
    const place = [document === null ? '' : `document ${document + 1}`, path].filter(Boolean).join(', ')
    return place === '' ? message : `${place}: ${message}`
  })
  const more = problems.length - lines.length
  return [...lines, ...(more > 0 ? [`… and ${more} more.`] : [])].join('\n')
}
