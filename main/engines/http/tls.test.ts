import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Authority, type Certificate, createAuthority, createSelfSigned } from '#e2e/app/peers/certificates.ts'
import { type FaultTls, startFault } from '#e2e/app/peers/fault.ts'
import { available, freePort } from '#e2e/app/peers/peer.ts'
import { startPrometheus } from '#e2e/app/peers/prometheus.ts'
import { createHttpClient } from './client.ts'
import type { TlsTrust } from './endpoint.ts'
import { type Step, walk } from './walk.ts'

let authority: Authority
let other: Authority
let server: Certificate
let mine: Certificate

beforeAll(async () => {
  ;[authority, other] = await Promise.all([createAuthority(), createAuthority('Another CA')])
  ;[server, mine] = await Promise.all([
    authority.issue({ commonName: 'localhost' }),
    authority.issue({ commonName: 'operations', names: ['DNS:operations'] }),
  ])
})

async function collect(walked: AsyncIterable<Step>): Promise<Step[]> {
  const steps: Step[] = []
  for await (const step of walked) steps.push(step)
  return steps
}

const endpoint = (url: string, tls: TlsTrust) => ({ name: 'Metrics', url, auth: { kind: 'none' }, tls }) as const

async function get(url: string, tls: TlsTrust): Promise<unknown> {
  const client = createHttpClient(endpoint(url, tls), { timeoutMs: 3_000 })
  return client.json(z.unknown(), '/api/v1/status/buildinfo').finally(() => client.close())
}

async function tlsStep(url: string, tls: TlsTrust): Promise<Step> {
  const identify = async () => ({ product: 'Test', version: '1' })
  const steps = await collect(walk(endpoint(url, tls), { identify, stepTimeoutMs: 2_000 }))
  const found = steps.findLast(({ step }) => step === 'tls')
  if (found === undefined) throw new Error('There is always a TLS step.')
  return found
}

/** The same refusal from the client and from the TLS step of the walk. */
async function expectRefusal(tls: FaultTls, trust: TlsTrust, message: RegExp): Promise<void> {
  await using fault = await startFault({ kind: 'json', body: 1 }, tls)
  await expect(get(fault.url, trust)).rejects.toMatchObject({
    code: 'unreachable',
    retryable: false,
    message: expect.stringMatching(message),
  })
  expect(await tlsStep(fault.url, trust)).toMatchObject({ status: 'failed', detail: expect.stringMatching(message) })
  expect(fault.requests).toHaveLength(0)
}

describe('a server certificate', () => {
  it('of the pinned authority is trusted', async () => {
    await using fault = await startFault({ kind: 'json', body: 1 }, server)
    expect(await get(fault.url, { ca: authority.ca })).toBe(1)
    const step = await tlsStep(fault.url, { ca: authority.ca })
    expect(step).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(/^TLSv1\.3; .*localhost.*Framework0 test CA; .* (29|30) more days/),
    })
  })

  it('that ends within two weeks is trusted with a warning', async () => {
    const ending = await authority.issue({ commonName: 'localhost', days: 5 })
    await using fault = await startFault({ kind: 'json', body: 1 }, ending)
    const step = await tlsStep(fault.url, { ca: authority.ca })
    expect(step).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(/only [45] days/),
      hint: expect.stringContaining('renewed'),
    })
  })

  it('that is self-signed is refused', async () => {
    await expectRefusal(await createSelfSigned(), {}, /self-signed/)
  })

  it('that is self-signed is trusted once it is pinned itself', async () => {
    const own = await createSelfSigned()
    await using fault = await startFault({ kind: 'json', body: 1 }, own)
    expect(await get(fault.url, { ca: own.cert })).toBe(1)
  })

  it('of an authority that is not pinned is refused', async () => {
    await expectRefusal(server, {}, /authority that is not trusted/)
    await expectRefusal(server, { ca: other.ca }, /authority that is not trusted/)
  })

  it('that has expired is refused', async () => {
    await expectRefusal(
      await authority.issue({ commonName: 'localhost', days: -1 }),
      { ca: authority.ca },
      /has expired/,
    )
  })

  it('for another host name is refused', async () => {
    const elsewhere = await authority.issue({ commonName: 'x', names: ['DNS:x.example'] })
    await expectRefusal(elsewhere, { ca: authority.ca }, /another host name/)
  })
})

describe('the wrong protocol', () => {
  it('is told when TLS is spoken to plain HTTP', async () => {
    await using fault = await startFault({ kind: 'json', body: 1 })
    const url = fault.url.replace('http:', 'https:')
    await expect(get(url, {})).rejects.toThrow(/does not speak TLS/)
    expect(await tlsStep(url, {})).toMatchObject({ status: 'failed', hint: expect.stringContaining('http://') })
  })
})

describe.runIf(available('prometheus'))('a Prometheus with mutual TLS', () => {
  it('accepts the client certificate, says that it wants one, and tells plain HTTP from TLS', async () => {
    const port = await freePort()
    const webConfig = JSON.stringify({
      tls_server_config: {
        cert_file: 'server.pem',
        key_file: 'server-key.pem',
        client_ca_file: 'client-ca.pem',
        client_auth_type: 'RequireAndVerifyClientCert',
      },
    })
    await using prometheus = await startPrometheus({
      port,
      webConfig,
      files: { 'client-ca.pem': authority.ca, 'server.pem': server.cert, 'server-key.pem': server.key },
    })
    const ca = authority.ca
    expect(await get(prometheus.url, { ca, ...mine })).toMatchObject({ status: 'success' })
    await expect(get(prometheus.url, { ca })).rejects.toThrow(/wants a client certificate/)
    const stranger = await other.issue({ commonName: 'stranger' })
    await expect(get(prometheus.url, { ca, ...stranger })).rejects.toThrow(/wants a client certificate/)
    expect(await tlsStep(prometheus.url, { ca })).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('client certificate'),
    })
    expect(await tlsStep(prometheus.url, { ca, ...mine })).toMatchObject({ status: 'ok' })
    await expect(get(prometheus.url.replace('https:', 'http:'), {})).rejects.toMatchObject({
      hint: 'Begin the URL with https://.',
    })
  })
})
