import { expect, it } from 'vitest'
import { besideOthers } from './beside-others.ts'
import { readFile } from './file.ts'
import type { TakenListener } from './gateway-plane.ts'

const none = { certificates: new Map(), authorities: new Map() }
const read = (listener: string, more = '') =>
  readFile(
    `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: front }
spec: { gatewayClassName: framework0, ${more} listeners: [{ name: first, port: 7000, protocol: HTTP }, { name: web, ${listener} }] }
`,
    none,
  )
const service = (listener: Partial<TakenListener['listener']> = {}): TakenListener => ({
  ...{ kind: 'service', owner: 'production/checkout' },
  listener: { name: 'production/checkout', port: 8080, protocol: 'http', ...listener },
})

it.each<[string, string, string, TakenListener, string | null]>([
  [
    'the same address',
    '',
    '',
    service(),
    'Port 8080 is taken by the service “production/checkout”. Use another port, or a hostname of its own.',
  ],
  ['a host name of its own', ', hostname: a.example', '', service(), null],
  [
    'the same host name',
    ', hostname: a.example',
    '',
    service({ hostname: 'a.example' }),
    'Port 8080 is taken for a.example by the service “production/checkout”. Use another port, or a hostname of its own.',
  ],
  [
    'every address',
    '',
    'addresses: [{ value: 0.0.0.0 }],',
    service(),
    'Port 8080 is taken by the service “production/checkout”, which listens on 127.0.0.1. Use another port, or the same address.',
  ],
  ['another address', '', 'addresses: [{ value: 127.0.0.2 }],', service(), null],
  [
    'another protocol',
    ', hostname: a.example',
    '',
    service({ protocol: 'https' }),
    'Port 8080 is taken by the service “production/checkout”, which speaks HTTPS there. Use another port.',
  ],
  [
    'a PROXY header before everything',
    ', hostname: a.example',
    '',
    service({ acceptProxyProtocol: true }),
    'Port 8080 is shared with the service “production/checkout”: say the same of acceptProxyProtocol in both, or use another port.',
  ],
  [
    'other limits',
    ', hostname: a.example',
    '',
    service({ limits: { maxHeaders: 20 } }),
    'Port 8080 is shared with the service “production/checkout”: say the same limits in both, or use another port.',
  ],
  ['limits that are the usual ones', ', hostname: a.example', '', service({ limits: { maxHeaders: 100 } }), null],
  ['its own file', '', '', { ...service(), kind: 'file', owner: 'shop' }, null],
])('says of a listener beside another that has %s who is in its way', (_, listener, addresses, other, message) => {
  const { problems } = besideOthers('shop', read(`port: 8080, protocol: HTTP${listener}`, addresses), [other])
  expect(problems).toEqual(message === null ? [] : [{ document: 0, path: 'spec.listeners.1', message }])
})
