import type { Traffic } from '#main/deployment/rollouts/engine.ts'
import type { GatewayPlane } from '#main/integration/gateway/gateway-plane.ts'
import { namedApart } from '#main/integration/gateway/named-apart.ts'
import type { PlaneConfigInput } from '#main/integration/gateway/plane/config.ts'
import { wholeConfig } from '#main/integration/gateway/whole-config.ts'
import type { AgentLink } from './agent-link.ts'
import { backendOf, routeOf, serviceConfig } from './traffic-config.ts'

type Options = {
  readonly agent: Pick<AgentLink, 'remote' | 'isRunning'>
}

/** The requests that the embedded gateway carries: to services that are rolled out, and as the files of people say. */
export type GatewayTraffic = {
  readonly services: Traffic
  readonly plane: GatewayPlane
  /**
   * Puts files, and the services that `reassert` serves, in force at once: an agent that went on meanwhile serves them,
   * and must not lose one for the moment in which only another is known. @returns what could not be.
   */
  readonly takeUp: (
    files: ReadonlyMap<string, PlaneConfigInput>,
    reassert: () => Promise<readonly string[]>,
  ) => Promise<readonly string[]>
}

const fileKey = (name: string): string => `file ${name}`
const serviceKey = (environment: string, service: string): string => `service ${environment}/${service}`

export function gatewayTraffic({ agent }: Options): GatewayTraffic {
  const parts = createParts(agent)
  const running = async <T>(ask: () => Promise<T>, otherwise: T): Promise<T> =>
    (await agent.isRunning()) ? ask() : otherwise
  const files = new Map<string, PlaneConfigInput>()

  return {
    services: {
      serve: (service) => parts.put(serviceKey(service.environment, service.service), serviceConfig(service)),
      withdraw: (environment, service) => parts.drop(serviceKey(environment, service)),
      measure: (environment, service, since) =>
        running(async () => {
          const route = routeOf({ environment, service })
          const measured = await agent.remote.measureTraffic({ route, since })
          return measured.flatMap(({ backend, windows }) =>
            backend === null ? [] : [{ version: backend.slice(route.length + 1), windows }],
          )
        }, []),
      drained: ({ environment, service, version }, withinMs) =>
        running(async () => {
          const backend = backendOf({ environment, service }, version)
          return (await agent.remote.drainTraffic({ backend, timeoutMs: withinMs })).inFlight
        }, 0),
    },
    plane: {
      async serveFile(name, config) {
        await parts.put(fileKey(name), namedApart(name, config))
        files.set(name, config)
      },
      async withdrawFile(name) {
        await parts.drop(fileKey(name))
        files.delete(name)
      },
      servedFile: (name) => (parts.has(fileKey(name)) ? (files.get(name) ?? null) : null),
      async shut() {
        const told = (await running(async () => agent.remote.trafficStatus({}), null))?.listeners ?? []
        const shut = told.flatMap(({ name, refusal }) => (refusal === null ? [] : [[name, refusal] as const]))
        const of = (name: string): string[] => {
          const { listeners = [] } = parts.get(fileKey(name)) ?? {}
          return shut.flatMap(([each, why]) => (listeners.some((listener) => listener.name === each) ? [why] : []))
        }
        return new Map([...files.keys()].map((name) => [name, [...new Set(of(name))].join(' ')] as const))
      },
      taken: () =>
        parts.all().flatMap(([key, { listeners }]) => {
          const [kind = '', owner = ''] = key.split(/ (.*)/s)
          return listeners.map((listener) => ({ kind: kind === 'file' ? 'file' : 'service', owner, listener }) as const)
        }),
      pairs: () =>
        parts.whole().routes.flatMap(({ name, rules }) => {
          const backends = rules.flatMap((rule) => (rule.backends ?? []).map(({ backend }) => backend))
          return [...new Set(backends)].map((backend) => [name, backend] as const)
        }),
      status: () => running(async () => agent.remote.trafficStatus({}), null),
      measure: (since) => running(async () => agent.remote.measureTraffic({ since }), []),
      accessLog: (input) => running(async () => agent.remote.accessLog(input), []),
      metrics: () => running(async () => agent.remote.trafficMetrics({}), null),
      async serveMetrics(port) {
        // Nothing is to be started only to say that nothing is wanted of it.
        if (port !== null || (await agent.isRunning())) await agent.remote.serveMetrics({ port })
      },
      metricsPort: () => running(async () => agent.remote.metricsPort({}), null),
    },
    takeUp: (given, reassert) => {
      for (const [name, config] of given) files.set(name, config)
      return parts.takeUp(
        [...given].map(([name, config]) => [fileKey(name), namedApart(name, config)] as const),
        reassert,
      )
    },
  }
}

/** The parts of the one configuration that the gateway has, by key. */
function createParts(agent: Options['agent']) {
  const parts = new Map<string, PlaneConfigInput>()
  let gathering = 0
  let turn: Promise<unknown> = Promise.resolve()
  /** One configuration after another: each is whole, so the last one given must be the last one in force. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = turn.catch(() => {}).then(work)
    turn = next
    return next
  }
  const whole = (): PlaneConfigInput => wholeConfig(parts.values())
  const apply = async (): Promise<void> => void (await agent.remote.configureGateway(whole()))
  const ownerOf = (listener: string): string =>
    [...parts].find(([, { listeners }]) => listeners.some(({ name }) => name === listener))?.[0] ?? listener
  /** All of it, although a port may be taken: what waits for that is told. */
  const applyPartly = async (): Promise<readonly string[]> =>
    (await agent.remote.takeUpGateway(whole())).listeners.flatMap(({ name, refusal }) =>
      refusal === null ? [] : [`The gateway does not serve the ${ownerOf(name)}: ${refusal}`],
    )
  const put = (key: string, part: PlaneConfigInput): Promise<void> =>
    inTurn(async () => {
      const before = parts.get(key)
      parts.set(key, part)
      if (gathering > 0) return
      try {
        await apply()
      } catch (thrown) {
        if (before) parts.set(key, before)
        else parts.delete(key)
        throw thrown
      }
    })
  /** What is wrong with one part must not keep the others from being served. */
  const oneByOne = async (): Promise<readonly string[]> => {
    const all = [...parts]
    parts.clear()
    const problems: string[] = []
    for (const [key, part] of all) {
      parts.set(key, part)
      await apply().catch((thrown: unknown) => {
        parts.delete(key)
        problems.push(`The gateway does not serve the ${key}: ${thrown instanceof Error ? thrown.message : thrown}`)
      })
    }
    return problems
  }

  return {
    put,
    drop: (key: string): Promise<void> =>
      inTurn(async () => {
        if (parts.delete(key) && (await agent.isRunning())) await apply()
      }),
    has: (key: string): boolean => parts.has(key),
    get: (key: string): PlaneConfigInput | undefined => parts.get(key),
    all: (): readonly (readonly [string, PlaneConfigInput])[] => [...parts],
    whole,
    async takeUp(
      given: readonly (readonly [string, PlaneConfigInput])[],
      reassert: () => Promise<readonly string[]>,
    ): Promise<readonly string[]> {
      gathering++
      let problems: readonly string[] = []
      try {
        for (const [key, part] of given) await put(key, part)
        problems = await reassert()
      } finally {
        gathering--
      }
      const more = await inTurn(async () => (parts.size === 0 ? [] : applyPartly().catch(oneByOne)))
      return [...problems, ...more]
    },
  }
}
