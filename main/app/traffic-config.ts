import type { ServedService } from '#main/deployment/rollouts/engine.ts'
import type { PlaneConfigInput } from '#main/integration/gateway/plane/config.ts'

type Rule = PlaneConfigInput['routes'][number]['rules'][number]

export const routeOf = ({ environment, service }: Pick<ServedService, 'environment' | 'service'>): string =>
  `${environment}/${service}`
export const backendOf = (served: Pick<ServedService, 'environment' | 'service'>, version: string): string =>
  `${routeOf(served)}@${version}`

/** A service as the gateway serves it: a listener and a route, and each version a backend. */
export function serviceConfig(served: ServedService): PlaneConfigInput {
  const name = routeOf(served)
  return {
    listeners: [{ name, port: served.port, protocol: 'http' }],
    routes: [{ name, listeners: [name], rules: [ruleOf(served)] }],
    backends: served.versions.map(({ version, endpoints }) => ({
      name: backendOf(served, version),
      endpoints: endpoints.map(({ host, port }) => ({ host, port })),
    })),
  }
}

function ruleOf(served: ServedService): Rule {
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
