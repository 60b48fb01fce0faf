export const secrets = {
  certificates: new Map([['shop-tls', { certificate: 'CHAIN', privateKey: 'gateway-certificate:shop-tls' }]]),
  authorities: new Map([['clients', 'AUTHORITY']]),
}
export const hash = '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b'
const backendsOf = (list: string) =>
  `backendRefs: [${list
    .split(' ')
    .map((each) => `{ name: ${each.split(':')[0]}, weight: ${each.split(':')[1] ?? 1} }`)
    .join(', ')}]`
/** A file with something of everything. */
export const rich = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: front }
spec:
  gatewayClassName: framework0
  listeners:
  - { name: web, port: 8080, protocol: HTTP }
  - { name: tls, port: 8443, protocol: HTTPS, hostname: shop.example, tls: { certificateRefs: [{ name: shop-tls }] } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop }
spec:
  parentRefs: [{ name: front }]
  hostnames: [shop.example]
  rules:
  - matches: [{ path: { value: / } }]
    ${backendsOf('stable:90 next:10')}
    timeouts: { backendRequest: 2s }
    retry: { attempts: 2, codes: [503], backoff: 100ms }
    sessionPersistence: { sessionName: seen, type: Cookie }
  - matches: [{ path: { value: /old } }]
    filters:
    - { type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: /new } } }
    - { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-a, value: "50%" }], remove: [x-b] } }
    - { type: ResponseHeaderModifier, responseHeaderModifier: { add: [{ name: x-c, value: c }] } }
    - { type: RequestMirror, requestMirror: { backendRef: { name: next }, percent: 5 } }
    - { type: CORS, cors: { allowOrigins: ["https://*.shop.example"], allowCredentials: true } }
    ${backendsOf('stable')}
  - name: keyed
    matches: [{ path: { type: Exact, value: /keyed } }]
    ${backendsOf('stable')}
  - name: token
    matches: [{ path: { type: Exact, value: /token }, method: POST }]
    ${backendsOf('stable')}
  - matches: [{ path: { type: RegularExpression, value: "/items/[0-9]+" } }]
    ${backendsOf('next')}
  - matches: [{ path: { value: /search }, queryParams: [{ name: q, value: x }], headers: [{ name: x-team, type: RegularExpression, value: "a|b" }] }]
    ${backendsOf('next')}
  - matches: [{ path: { value: /moved } }]
    filters: [{ type: RequestRedirect, requestRedirect: { scheme: https, statusCode: 308 } }]
  - matches: [{ path: { value: /none } }]
---
apiVersion: framework0.dev/v1
kind: RoutePolicy
metadata: { name: keyed }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: shop, sectionName: keyed }]
  auth: { schemes: [{ kind: apiKey }], consumers: [till] }
  rateLimit: { requests: 10, windowMs: 60000, per: consumer }
  bodyLimitBytes: 1000
  compression: true
---
apiVersion: framework0.dev/v1
kind: RoutePolicy
metadata: { name: token }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: shop, sectionName: token }]
  auth: { schemes: [{ kind: jwt, provider: sign-in }] }
---
apiVersion: framework0.dev/v1
kind: Consumer
metadata: { name: till }
spec: { apiKeyHashes: [${hash}] }
---
apiVersion: framework0.dev/v1
kind: JWTProvider
metadata: { name: sign-in }
spec: { issuer: https://issuer.example, jwksUri: https://issuer.example/keys }
---
apiVersion: framework0.dev/v1
kind: Backend
metadata: { name: stable }
spec:
  endpoints: [{ host: 127.0.0.1, port: 3000 }, { host: 127.0.0.1, port: 3001, weight: 3 }]
  healthCheck: { path: /healthz, intervalMs: 2000 }
  circuit: { errorRate: 0.5, minimumRequests: 20, openMs: 5000 }
---
apiVersion: framework0.dev/v1
kind: Backend
metadata: { name: next }
spec: { endpoints: [{ host: 127.0.0.1, port: 3002 }], protocol: https, tls: { clientCertificateRef: { name: shop-tls } } }
`
