/** What a new file begins with: one listener, one route, two backends that share its requests. */
export const exampleFile = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: front }
spec:
  gatewayClassName: framework0
  listeners: [{ name: web, port: 8080, protocol: HTTP }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop }
spec:
  parentRefs: [{ name: front }]
  rules:
  - backendRefs:
    - { name: stable, kind: Backend, group: framework0.dev, weight: 90 }
    - { name: next, kind: Backend, group: framework0.dev, weight: 10 }
---
apiVersion: framework0.dev/v1
kind: Backend
metadata: { name: stable }
spec: { endpoints: [{ host: 127.0.0.1, port: 3000 }] }
---
apiVersion: framework0.dev/v1
kind: Backend
metadata: { name: next }
spec: { endpoints: [{ host: 127.0.0.1, port: 3001 }] }
`
