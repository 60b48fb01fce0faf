import { isIP } from 'node:net'
import { stringify } from 'yaml'
import type { BackendConfig, ListenerConfig, PlaneConfig } from '../plane/config.ts'
import { gateKey } from '../plane/site-builder.ts'
import { envoyRoute } from './envoy-routes.ts'
import {
  createFindings,
  type Exported,
  idOf,
  type PlannedRoute,
  plannedRoutes,
  type Tell,
  tellConnections,
  tellSecrets,
} from './plan.ts'

const types = 'type.googleapis.com/envoy.extensions'
const seconds = (ms: number): string => `${ms / 1_000}s`
const certificates = '/etc/envoy/certificates'

/** Resources of Envoy's API v3: Listener and Cluster. */
export type EnvoyResources = { readonly listeners: readonly object[]; readonly clusters: readonly object[] }

/** Envoy's static bootstrap. */
export function toEnvoy(config: PlaneConfig): Exported {
  const { findings, tell } = createFindings()
  return { text: stringify({ static_resources: envoyResources(config, tell) }, { lineWidth: 0 }), findings }
}

/** @param tell told of what Envoy does not do as this gateway does. */
export function envoyResources(config: PlaneConfig, tell: Tell): EnvoyResources {
  tellConnections(config, tell)
  tellSecrets(config, tell)
  const planned = plannedRoutes(config)
  const routes = new Map(planned.map((route) => [route.id, envoyRoute(route, tell)]))
  const gates = Map.groupBy(config.listeners, gateKey)
  return {
    listeners: [...gates.values()].map((listeners) => listenerOf(listeners, planned, routes, tell)),
    clusters: config.backends.map((backend) => clusterOf(backend, config, tell)),
  }
}

function listenerOf(
  listeners: readonly ListenerConfig[],
  planned: readonly PlannedRoute[],
  routes: ReadonlyMap<string, object>,
  tell: Tell,
): object {
  const [first] = listeners
  const secure = first?.protocol === 'https'
  const name = idOf(first?.name ?? '')
  if (secure) tell(name, `Put its certificates and keys into ${certificates}.`)
  return {
    name,
    address: { socket_address: { address: first?.host, port_value: first?.port } },
    ...(secure
      ? {
          listener_filters: [
            {
              name: 'envoy.filters.listener.tls_inspector',
              typed_config: { '@type': `${types}.filters.listener.tls_inspector.v3.TlsInspector` },
            },
          ],
        }
      : {}),
    filter_chains: secure
      ? listeners.map((listener) => ({
          ...(listener.hostname === '*' ? {} : { filter_chain_match: { server_names: [listener.hostname] } }),
          transport_socket: downstreamTls(listener),
          filters: [manager(listener.name, [listener], planned, routes)],
        }))
      : [{ filters: [manager(name, listeners, planned, routes)] }],
  }
}

const downstreamTls = ({ name, certificates: own, clientAuthorities }: ListenerConfig): object => ({
  name: 'envoy.transport_sockets.tls',
  typed_config: {
    '@type': `${types}.transport_sockets.tls.v3.DownstreamTlsContext`,
    ...(clientAuthorities.length > 0 ? { require_client_certificate: true } : {}),
    common_tls_context: {
      ...(clientAuthorities.length > 0
        ? { validation_context: { trusted_ca: { inline_string: clientAuthorities.join('\n') } } }
        : {}),
      alpn_protocols: ['h2', 'http/1.1'],
      tls_certificates: own.map((_, index) => ({
        certificate_chain: { filename: `${certificates}/${idOf(name)}-${index + 1}.pem` },
        private_key: { filename: `${certificates}/${idOf(name)}-${index + 1}.key` },
      })),
    },
  },
})

function manager(
  name: string,
  listeners: readonly ListenerConfig[],
  planned: readonly PlannedRoute[],
  routes: ReadonlyMap<string, object>,
): object {
  const names = new Set(listeners.map((listener) => listener.name))
  const here = planned.filter((route) => route.listeners.some((listener) => names.has(listener)))
  const hosts = [...new Set(here.flatMap(({ hosts }) => (hosts.length === 0 ? ['*'] : hosts)))]
  const id = idOf(name)
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': `${types}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      ...{ stat_prefix: id, normalize_path: true, merge_slashes: true, strip_any_host_port: true },
      upgrade_configs: [{ upgrade_type: 'websocket' }],
      route_config: {
        name: id,
        // A host that has routes of its own has those of wider hosts after them, as the Gateway API has it.
        virtual_hosts: hosts.map((host) => ({
          name: idOf(`${id}.${host === '*' ? 'any' : host}`),
          domains: [host],
          routes: hosts
            .filter((other) => covers(other, host))
            .toSorted((a, b) => b.length - a.length)
            .flatMap((other) =>
              here.filter((route) => (route.hosts.length === 0 ? ['*'] : route.hosts).includes(other)),
            )
            .map((route) => routes.get(route.id)),
        })),
      },
      http_filters: [
        filter('cors', 'cors.v3.Cors'),
        {
          name: 'envoy.filters.http.local_ratelimit',
          typed_config: {
            '@type': `${types}.filters.http.local_ratelimit.v3.LocalRateLimit`,
            stat_prefix: 'limited',
          },
        },
        filter('router', 'router.v3.Router'),
      ],
    },
  }
}

const covers = (pattern: string, host: string): boolean =>
  pattern === '*' || pattern === host || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1)))

const filter = (name: string, type: string): object => ({
  name: `envoy.filters.http.${name}`,
  typed_config: { '@type': `${types}.filters.http.${type}` },
})

function clusterOf(backend: BackendConfig, { routes }: PlaneConfig, tell: Tell): object {
  const { name, endpoints, healthCheck, passive, circuit, protocol } = backend
  if (circuit) tell(name, 'Envoy has no circuit breaker by error rate; its outlier detection takes endpoints out.')
  const sticky = routes.some(({ rules }) =>
    rules.some((rule) => rule.sticky && rule.backends.some((each) => each.backend === name)),
  )
  const http2 = protocol === 'h2' || protocol === 'h2c'
  return {
    ...{ name: idOf(name), type: 'STRICT_DNS', connect_timeout: seconds(backend.connectTimeoutMs) },
    lb_policy: sticky ? 'RING_HASH' : 'ROUND_ROBIN',
    circuit_breakers: { thresholds: [{ max_connections: backend.maxConnections }] },
    load_assignment: {
      cluster_name: idOf(name),
      endpoints: [
        {
          lb_endpoints: endpoints
            .filter(({ weight }) => weight > 0)
            .map(({ host, port, weight }) => ({
              endpoint: { address: { socket_address: { address: host, port_value: port } } },
              load_balancing_weight: weight,
            })),
        },
      ],
    },
    ...(healthCheck
      ? {
          health_checks: [
            {
              ...{ timeout: seconds(healthCheck.timeoutMs), interval: seconds(healthCheck.intervalMs) },
              ...{ healthy_threshold: healthCheck.healthyAfter, unhealthy_threshold: healthCheck.unhealthyAfter },
              http_health_check: {
                path: healthCheck.path,
                expected_statuses: healthCheck.statuses?.map((status) => ({ start: status, end: status + 1 })) ?? [
                  { start: 200, end: 400 },
                ],
              },
            },
          ],
        }
      : {}),
    ...(passive
      ? {
          outlier_detection: {
            consecutive_5xx: passive.consecutiveFailures,
            base_ejection_time: seconds(passive.ejectMs),
          },
        }
      : {}),
    ...(http2
      ? {
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': `${types}.upstreams.http.v3.HttpProtocolOptions`,
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
        }
      : {}),
    ...(protocol === 'https' || protocol === 'h2' ? { transport_socket: upstreamTls(backend) } : {}),
  }
}

function upstreamTls({ tls, endpoints }: BackendConfig): object {
  const name = tls?.serverName ?? endpoints[0]?.host ?? ''
  const authorities = tls?.authorities ?? []
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': `${types}.transport_sockets.tls.v3.UpstreamTlsContext`,
      ...(isIP(name) === 0 ? { sni: name } : {}),
      common_tls_context: {
        validation_context: {
          trusted_ca:
            authorities.length > 0
              ? { inline_string: authorities.join('\n') }
              : { filename: '/etc/ssl/certs/ca-certificates.crt' },
          match_typed_subject_alt_names: [
            { san_type: isIP(name) === 0 ? 'DNS' : 'IP_ADDRESS', matcher: { exact: name } },
          ],
        },
      },
    },
  }
}
