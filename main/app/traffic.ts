import type { ServedService, Traffic } from '#main/deployment/rollouts/engine.ts'
import type { PlaneConfigInput } from '#main/integration/gateway/plane/config.ts'
import type { AgentLink } from './agent-link.ts'

type Options = {
  readonly agent: Pick<AgentLink, 'remote' | 'isRunning'>
}

const routeOf = ({ environment, service }: Pick<ServedService, 'environment' | 'service'>): string =>
  `${environment}/${service}`
const backendOf = (served: Pick<ServedService, 'environment' | 'service'>, version: string): string =>
  `${routeOf(served)}@${version}`

/** The requests of services by the embedded gateway: each service a listener and a route, each version a backend. */
export function gatewayTraffic({ agent }: Options): Traffic {
  const served = new Map<string, ServedService>()
  let turn: Promise<unknown> = Promise.resolve()
  /** One configuration after another: each is whole, so the last one given must be the last one in force. */
  const configure = (): Promise<unknown> => {
    const next = turn.catch(() => {}).then(() => agent.remote.configureGateway(configOf([...served.values()])))
    turn = next
    return next
  }

  return {
    async serve(service) {
      const key = routeOf(service)
      const before = served.get(key)
      served.set(key, service)
      await configure().catch((thrown: unknown) => {
        if (before) served.set(key, before)
        else served.delete(key)
        throw thrown
      })
    },
    async withdraw(environment, service) {
      served.delete(routeOf({ environment, service }))
      if (await agent.isRunning()) await configure()
    },
    async measure(environment, service, since) {
      if (!(await agent.isRunning())) return []
      const route = routeOf({ environment, service })
      const measured = await agent.remote.measureTraffic({ route, since })
      return measured.flatMap(({ backend, windows }) =>
        backend === null ? [] : [{ version: backend.slice(route.length + 1), windows }],
      )
    },
    async drained({ environment, service, version }, withinMs) {
      if (!(await agent.isRunning())) return 0
      const backend = backendOf({ environment, service }, version)
      return (await agent.remote.drainTraffic({ backend, timeoutMs: withinMs })).inFlight
    },
  }
}

function configOf(services: readonly ServedService[]): PlaneConfigInput {
  return {
    listeners: services.map((served) => ({ name: routeOf(served), port: served.port, protocol: 'http' })),
    routes: services.map((served) => ({
      name: routeOf(served),
      listeners: [routeOf(served)],
      rules: [ruleOf(served)],
    })),
    backends: services.flatMap((served) =>
      served.versions.map(({ version, endpoints }) => ({
        name: backendOf(served, version),
        endpoints: endpoints.map(({ host, port }) => ({ host, port })),
      })),
    ),
  }
}

function ruleOf(served: ServedService): PlaneConfigInput['routes'][number]['rules'][number] {
  const { versions, sticky, header, mirror } = served
  return {
    backends: versions.map(({ version, weight }) => ({ backend: backendOf(served, version), weight })),
    ...(sticky.kind === 'none' ? {} : { sticky: { kind: sticky.kind, name: sticky.name } }),
    ...(header === null
      ? {}
      : {
          headerOverride: {
            ...{ header: header.name, value: header.value, backend: backendOf(served, header.version) },
          },
        }),
    ...(mirror === null
      ? {}
      : {
          filters: [{ kind: 'mirror' as const, backend: backendOf(served, mirror.version), percent: mirror.percent }],
        }),
  }
}
