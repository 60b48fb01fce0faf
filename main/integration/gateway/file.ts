import type { GatewayCheck, GatewayProblem } from '#preload/integration/gateway.ts'
import { readGatewayApi } from './gateway-api.ts'
import type { PlaneConfigInput } from './plane/config.ts'

const noSecrets = { certificates: new Map(), authorities: new Map() } as const

/** Reads the text of a file. `config` holds only without problems. */
export function readFile(text: string): { config: PlaneConfigInput; problems: GatewayProblem[] } {
  const { config, problems } = readGatewayApi(text, noSecrets)
  const told = problems.map((problem) =>
    /certificateRefs/i.test(problem.path)
      ? { ...problem, message: `${problem.message} The gateway cannot take certificates from the vault yet.` }
      : problem,
  )
  const keys = config.backends.filter(({ tls }) => tls?.clientCertificate !== undefined)
  const exposed = keys.map(({ name }) => ({
    ...{ document: null, path: 'spec.tls.clientCertificate' },
    message: `The Backend “${name}” has a private key in it. A file is read by everybody, so it must hold no secret.`,
  }))
  return { config, problems: [...told, ...exposed, ...unnamedConsumers(config)] }
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
export function summaryOf(text: string): GatewayCheck {
  const { config, problems } = readFile(text)
  return {
    problems,
    listeners: config.listeners.map(({ name, host = '127.0.0.1', port, protocol, hostname = '*' }) => ({
      ...{ name, protocol, hostname },
      address: `${host}:${port}`,
    })),
    routes: config.routes.map(({ name, listeners, hostnames = [], rules }) => ({
      ...{ name, listeners: [...listeners], hostnames: [...hostnames], rules: rules.length },
      backends: [...new Set(rules.flatMap(({ backends = [] }) => backends.map(({ backend }) => backend)))],
    })),
  }
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
