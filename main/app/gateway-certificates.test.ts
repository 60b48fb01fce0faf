import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TLSSocket, connect as tlsConnect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { endpointSpec, gatewayFile, ruleTo } from '#e2e/app/gateway-file.ts'
import { type Authority, type Certificate, createAuthority } from '#e2e/app/peers/certificates.ts'
import { freePort } from '#e2e/app/peers/peer.ts'
import { endAgent } from '#e2e/app/peers/subject.ts'
import { filesWith, removeFolder, startTrial, type Trial, temporaryFolder } from './trial.ts'

const folder = temporaryFolder('gateway-certificates')
const passphrase = 'correct horse battery staple'
const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 30_000, interval: 100 })
const servers: Server[] = []
let trial: Trial
let authority: Authority
let port: number
let one: number
let first: Certificate
let second: Certificate

const listen = async (server: Server): Promise<number> => {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
const issue = (commonName: string): Promise<Certificate> =>
  authority.issue({ commonName, names: [`DNS:${commonName}`] })

const file = (listeners: string, backend: string) =>
  gatewayFile({ listeners, rules: ruleTo({ one: 1 }), backends: { one: backend } })
const plain = () => endpointSpec(one)
const listener = (certificates: string, more = '') =>
  `{ name: web, port: ${port}, protocol: HTTPS, tls: { certificateRefs: [${certificates}]${more} } }`
const twoNames = () => file(listener('{ name: first }, { name: second }'), plain())

const keep = (name: string, { cert, key }: Certificate, replaces: string | null = null) =>
  trial.api.gateway.saveCertificate({ name, certificate: cert, privateKey: key, replaces })
const kept = async (name: string) => (await trial.api.gateway.certificates({})).find((each) => each.name === name)
const stored = async () => (await trial.api.gateway.files({})).find(({ name }) => name === 'shop')

type Client = { readonly socket: TLSSocket; readonly get: () => Promise<string> }
/** A real TLS client that verifies, on one connection that it keeps. */
function connect(servername: string, identity: Partial<Certificate> = {}): Promise<Client> {
  return new Promise((resolve, reject) => {
    const socket = tlsConnect({ host: '127.0.0.1', port, servername, ca: authority.ca, ...identity }, () => {
      socket.off('error', reject)
      socket.on('error', () => {})
      resolve({ socket, get })
    })
    socket.once('error', reject)
    const get = (): Promise<string> =>
      new Promise((answered, failed) => {
        socket.once('data', (data) => answered(String(data)))
        socket.once('close', () => failed(new Error('closed')))
        socket.write(`GET / HTTP/1.1\r\nHost: ${servername}\r\n\r\n`)
      })
  })
}
const shownTo = async (servername: string): Promise<string> => {
  const { socket } = await connect(servername)
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}
const killAgent = (): void =>
  void process.kill(Number(readFileSync(join(folder, 'agent', 'agent.pid'), 'utf8')), 'SIGKILL')

describe('certificates of the gateway', () => {
  beforeAll(async () => {
    authority = await createAuthority()
    one = await listen(createServer((_, response) => response.end('one')))
    port = await freePort()
    first = await issue('first.example')
    second = await issue('second.example')
    trial = await startTrial(folder)
  })
  afterAll(async () => {
    await trial?.close()
    endAgent(folder)
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
    removeFolder(folder)
  })

  it('need a vault, and files say which one is missing', async () => {
    await expect(keep('first', first)).rejects.toMatchObject({ code: 'locked' })
    expect(await trial.api.gateway.certificates({})).toEqual([])
    const { problems } = await trial.api.gateway.check({ text: twoNames() })
    expect(problems[0]).toMatchObject({
      path: 'spec.listeners.0.tls.certificateRefs.0',
      message: 'There is no certificate with a private key called “first”. Add it under Certificates.',
    })
    await trial.api.access.createVault({ passphrase })
  })

  it('are shown by the name that is asked for, of one listener as of two', async () => {
    const { fingerprint } = await keep('first', first)
    await keep('second', second)
    const saved = await trial.api.gateway.saveFile({ name: 'shop', text: twoNames(), revision: null })
    expect(saved.refusal).toBeNull()
    expect(await shownTo('first.example')).toBe(fingerprint)
    expect(await shownTo('second.example')).toBe((await kept('second'))?.fingerprint)
    await expect(connect('third.example')).rejects.toThrow('altnames')
    const apart = ['first', 'second'].map((name) =>
      listener(`{ name: ${name} }`).replace('name: web', `name: ${name}, hostname: ${name}.example`),
    )
    await trial.api.gateway.saveFile({ name: 'shop', text: file(apart.join(', '), plain()), revision: 1 })
    expect(await shownTo('first.example')).toBe(fingerprint)
    expect(await shownTo('second.example')).toBe((await kept('second'))?.fingerprint)
    await trial.api.gateway.saveFile({ name: 'shop', text: twoNames(), revision: 2 })
  })

  it('are told with their names, their end, and the files that use them', async () => {
    expect(await kept('first')).toMatchObject({
      ...{ hasKey: true, subject: 'CN=first.example', names: ['first.example'], issuer: 'CN=Framework0 test CA' },
      ...{ daysLeft: 29, usedBy: ['shop'] },
    })
    await expect(trial.api.gateway.removeCertificate({ name: 'first' })).rejects.toMatchObject({
      ...{ code: 'conflict', message: 'first is used by shop.' },
    })
    await expect(
      trial.as('viewer').gateway.saveCertificate({ name: 'x', certificate: '', privateKey: '', replaces: null }),
    ).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('are refused when they are expired or have another key, and what is in force stays', async () => {
    const { fingerprint = '' } = (await kept('first')) ?? {}
    const expired = await authority.issue({ commonName: 'first.example', days: -1 })
    await expect(keep('first', expired, fingerprint)).rejects.toMatchObject({
      ...{ code: 'invalid', message: expect.stringContaining('expired on') },
    })
    await expect(keep('first', { cert: first.cert, key: second.key }, fingerprint)).rejects.toMatchObject({
      ...{ code: 'invalid', message: 'The private key does not belong to the certificate.' },
    })
    await expect(keep('first', await issue('first.example'))).rejects.toMatchObject({ code: 'conflict' })
    expect(await shownTo('first.example')).toBe(fingerprint)
    expect((await kept('first'))?.fingerprint).toBe(fingerprint)
  })

  it('are replaced at once, without dropping a connection', async () => {
    const { fingerprint = '' } = (await kept('first')) ?? {}
    const open = await connect('first.example')
    expect(await open.get()).toContain('200 OK')
    first = await issue('first.example')
    const replaced = await keep('first', first, fingerprint)
    expect(replaced.fingerprint).not.toBe(fingerprint)
    expect(await shownTo('first.example')).toBe(replaced.fingerprint)
    expect(await open.get()).toContain('200 OK')
    expect(open.socket.getPeerCertificate().fingerprint256).toBe(fingerprint)
    open.socket.destroy()
  })

  it('are served on by an agent that goes on, while the vault is locked', async () => {
    await trial.close()
    trial = await startTrial(folder)
    expect((await trial.api.access.vault({})).state).toBe('locked')
    expect((await stored())?.refusal).toBeNull()
    expect(await shownTo('first.example')).toBe((await kept('first'))?.fingerprint)
    await expect(keep('third', await issue('third.example'))).rejects.toMatchObject({ code: 'locked' })
  })

  it('wait for the vault where nothing else has their keys, and are in force when it is unlocked', async () => {
    await trial.close()
    killAgent()
    await until(() => expect(connect('first.example')).rejects.toThrow())
    trial = await startTrial(folder)
    expect((await stored())?.refusal).toBe(
      'The vault is locked, so the private key of “first” cannot be used. Unlock the vault.',
    )
    const { notices } = await trial.api.operations.health({})
    expect(notices.map(({ text }) => text).join()).toContain('The vault is locked')
    await expect(connect('first.example')).rejects.toThrow()
    await trial.api.access.unlockVault({ passphrase })
    expect((await stored())?.refusal).toBeNull()
    expect(await shownTo('first.example')).toBe((await kept('first'))?.fingerprint)
    await until(async () => expect((await trial.api.operations.health({})).notices).toEqual([]))
  })

  it('let clients in by an authority that is kept, and go to backends that ask for one', async () => {
    const inside = await authority.issue({ commonName: 'inside.example', names: ['DNS:inside.example'] })
    const asked: string[] = []
    const upstream = await listen(
      createSecureServer(
        { ...inside, ca: authority.ca, requestCert: true, rejectUnauthorized: true },
        (request, response) => {
          asked.push(String((request.socket as TLSSocket).getPeerCertificate().subject.CN))
          response.end('inside')
        },
      ),
    )
    await keep('clients', { cert: authority.ca, key: '' })
    const text = `${file(
      listener('{ name: first }', ', frontendValidation: { caCertificateRefs: [{ name: clients }] }'),
      `{ endpoints: [{ host: 127.0.0.1, port: ${upstream} }], tls: { clientCertificateRef: { name: second } } }`,
    )}---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: one }
spec:
  targetRefs: [{ group: framework0.dev, kind: Backend, name: one }]
  validation: { hostname: inside.example, caCertificateRefs: [{ name: clients }] }
`
    await trial.api.gateway.saveFile({ name: 'shop', text, revision: 3 })
    const known = await connect('first.example', await issue('till-7'))
    expect(await known.get()).toContain('inside')
    known.socket.destroy()
    expect(asked).toEqual(['second.example'])
    const unknown = await connect('first.example')
    expect(await unknown.get()).toContain('421')
    unknown.socket.destroy()
    expect((await kept('clients'))?.usedBy).toEqual(['shop'])
    await expect(keep('clients', second, (await kept('clients'))?.fingerprint ?? null)).rejects.toMatchObject({
      message: 'clients is an authority, which has no private key here.',
    })
  })

  it('can be removed when no file names them', async () => {
    await trial.api.gateway.removeFile({ name: 'shop' })
    for (const name of ['first', 'second', 'clients'])
      expect(await trial.api.gateway.removeCertificate({ name })).toEqual({ removed: true })
    expect(await trial.api.gateway.certificates({})).toEqual([])
  })

  it('leave nothing of their keys anywhere', async () => {
    const pasted = `${twoNames()}# ${first.key.replaceAll('\n', '\n# ')}`
    await expect(trial.api.gateway.saveFile({ name: 'shop', text: pasted, revision: null })).rejects.toThrow(
      'holds no private key',
    )
    await expect(keep('pasted', { cert: first.cert + first.key, key: first.key })).rejects.toMatchObject({
      code: 'invalid',
    })
    const { entries } = await trial.api.audit.list({ limit: 100 })
    expect(entries.filter(({ operation }) => operation === 'gateway.saveCertificate').length).toBeGreaterThan(5)
    for (const { key } of [first, second])
      for (const line of key.split('\n').filter((each) => each.length > 40 && !each.startsWith('-')))
        expect(filesWith(folder, line)).toEqual([])
    expect(trial.faults()).toEqual([])
  })
})
