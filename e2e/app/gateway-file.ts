type FileParts = {
  readonly gatewayClass?: string
  /** In YAML, as everything below. */
  readonly listeners: string
  readonly rules: string
  /** The spec of each, by name. */
  readonly backends: Readonly<Record<string, string>>
}

/** A file of the Gateway API: one Gateway `front`, one HTTPRoute `shop`, and its backends. */
export const gatewayFile = ({ gatewayClass = 'framework0', listeners, rules, backends }: FileParts): string =>
  [
    `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: front }
spec:
  gatewayClassName: ${gatewayClass}
  listeners: [${listeners}]
`,
    `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop }
spec:
  parentRefs: [{ name: front }]
  rules: [${rules}]
`,
    ...Object.entries(backends).map(
      ([name, spec]) => `apiVersion: framework0.dev/v1
kind: Backend
metadata: { name: ${name} }
spec: ${spec}
`,
    ),
  ].join('---\n')

export const plainListener = (port: number): string => `{ name: web, port: ${port}, protocol: HTTP }`
/** A rule to one backend, or to several by weight. */
export function ruleTo(backends: Readonly<Record<string, number>>, more = ''): string {
  const references = Object.entries(backends).map(
    ([name, weight]) => `{ name: ${name}, kind: Backend, group: framework0.dev, weight: ${weight} }`,
  )
  return `{ backendRefs: [${references.join(', ')}]${more} }`
}
export const endpointSpec = (port: number, more = ''): string =>
  `{ endpoints: [{ host: 127.0.0.1, port: ${port} }]${more} }`
