import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { freePort } from '#e2e/app/peers/peer.ts'
import { readFile } from './file.ts'
import { get, startPrimary, upstream } from './plane/plane.fixture.ts'

const readme = readFileSync('README.md', 'utf8')
/** An indented block of the README, from a line that begins so. */
const blockFrom = (start: string): string => {
  const lines = readme.slice(readme.indexOf(`    ${start}`)).split('\n')
  const end = lines.findIndex((line) => !line.startsWith('    '))
  return lines
    .slice(0, end)
    .map((line) => line.slice(4))
    .join('\n')
}
const none = { certificates: new Map(), authorities: new Map() }

it('shows a file in the README that is served as it stands, with every kind of our own', () => {
  const text = blockFrom('apiVersion: gateway.networking.k8s.io/v1')
  const { config, problems } = readFile(text, none)
  expect(problems).toEqual([])
  expect([...text.matchAll(/^kind: (\w+)/gm)].map(([, kind]) => kind)).toEqual([
    ...['Gateway', 'HTTPRoute', 'Backend', 'Consumer', 'JWTProvider', 'RoutePolicy', 'APIDefinition', 'ListenerPolicy'],
  ])
  expect(config.listeners[0]).toMatchObject({ acceptProxyProtocol: true, trustedProxies: ['10.0.0.0/8'] })
})

it.runIf(process.platform !== 'win32')('shows a line in the README that makes an API key which lets in', async () => {
  const [key = '', hash = ''] = execFileSync('sh', ['-c', blockFrom('key=$(openssl')], { encoding: 'utf8' }).split('\n')
  await using up = await upstream('up')
  const text = blockFrom('apiVersion: gateway.networking.k8s.io/v1')
    .split('---\n')
    .filter((document) => !/kind: (ListenerPolicy|APIDefinition)/.test(document))
    .join('---\n')
    .replace(/port: 8080/, `port: ${await freePort()}`)
    .replace(/endpoints: .*/, `endpoints: [{ host: 127.0.0.1, port: ${up.port} }]`)
    .replace(/healthCheck: .*/, '')
    .replace(/[0-9a-f]{64}/, hash)
  const { config, problems } = readFile(text, none)
  expect(problems).toEqual([])
  const primary = startPrimary()
  try {
    const { listeners } = await primary.apply(config)
    const port = listeners[0]?.port ?? 0
    expect((await get(port, '/')).status).toBe(401)
    expect((await get(port, '/', { headers: { 'x-api-key': key } })).body).toBe('up')
  } finally {
    await primary.close(200)
  }
})
