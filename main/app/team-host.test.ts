import { writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { type Authority, createAuthority } from '#e2e/app/peers/certificates.ts'
import {
  type IdentityProvider,
  signInAtProvider,
  startIdentityProvider,
  webClient,
} from '#e2e/app/peers/identity-provider.ts'
import { listen } from '#e2e/app/peers/listen.ts'
import { freePort } from '#e2e/app/peers/peer.ts'
import { type SamlIdp, startSamlIdp } from '#e2e/app/peers/saml-idp.ts'
import { type Caller, createCaller, createClient } from '#preload/contract/caller.ts'
import { access as contract } from '#preload/security/access.ts'
import type { SignInStep } from '#preload/security/sign-in.ts'
import { type AccessTrial, startAccessTrial } from './access-trial.ts'
import { filesWith, removeFolder, temporaryFolder } from './trial.ts'
import { startWebHost, type WebHost } from './web-host.ts'
import { clientWire } from './wires.ts'

type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }
type Ask = { readonly headers?: Record<string, string>; readonly method?: string; readonly body?: string }

const folder = temporaryFolder('team')
const renderer = join(folder, 'renderer')
const certFile = join(folder, 'cert.pem')
const keyFile = join(folder, 'key.pem')
const database = (): string => join(folder, `${crypto.randomUUID()}.db`)

let authority: Authority
let provider: IdentityProvider
let idp: SamlIdp
let port: number
let origin: string
let trial: AccessTrial
let host: WebHost
let path: string
const opened = new Set<Caller>()

const certificate = async (dnsNames = ['localhost']): Promise<void> => {
  const issued = await authority.issue({
    commonName: 'localhost',
    names: [...dnsNames.map((name) => `DNS:${name}`), 'IP:127.0.0.1'],
  })
  writeFileSync(certFile, issued.cert)
  writeFileSync(keyFile, issued.key)
}

const start = async (): Promise<void> => {
  trial = await startAccessTrial({ path })
  const { router, access, web } = trial
  const listen = { address: '127.0.0.1', port, tls: { cert: certFile, key: keyFile }, hosts: ['localhost'] }
  host = await startWebHost({ listen, renderer, router, open: access.openSession, readOnly: false, access: web })
}
const stop = async (): Promise<void> => {
  for (const caller of opened) caller.close()
  opened.clear()
  await host.close()
  await trial.close()
}

beforeAll(async () => {
  await mkdir(join(renderer, 'assets'), { recursive: true })
  writeFileSync(join(renderer, 'index.html'), '<!doctype html><title>page</title>')
  authority = await createAuthority()
  port = await freePort()
  origin = `https://localhost:${port}`
  provider = await startIdentityProvider({ webRedirectUris: [`${origin}/sign-in/callback`] })
  idp = await startSamlIdp({ entityId: `${origin}/sign-in/saml/metadata`, callbackUrl: `${origin}/sign-in/saml` })
})
afterAll(async () => {
  await provider.stop()
  await idp[Symbol.asyncDispose]()
  removeFolder(folder)
})
beforeEach(async () => {
  await certificate()
  path = database()
  await start()
})
afterEach(stop)

/** As a browser would, except that redirects are not followed. */
const ask = (target: string, { headers = {}, method = 'GET', body }: Ask = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    request(
      {
        host: '127.0.0.1',
        port,
        path: target,
        method,
        ca: authority.ca,
        servername: 'localhost',
        headers: { host: `localhost:${port}`, ...headers },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
      },
    )
      .on('error', reject)
      .end(body)
  })

const cookieIn = ({ headers }: Answer): string => headers['set-cookie']?.[0]?.split(';')[0] ?? ''
const newCookie = async (): Promise<string> => cookieIn(await ask('/'))

const upgrade = (headers: Record<string, string>): Promise<number | WebSocket> =>
  new Promise((resolve) => {
    const socket = new WebSocket(`wss://localhost:${port}/bridge`, { ca: authority.ca, headers })
    socket.on('open', () => resolve(socket))
    socket.on('unexpected-response', (_, response) => {
      resolve(response.statusCode ?? 0)
      socket.terminate()
    })
    socket.on('error', () => {})
  })

const bridge = async (cookie: string) => {
  const socket = await upgrade({ cookie, origin })
  if (typeof socket === 'number') throw new Error(`Refused with ${socket}.`)
  const caller = createCaller(clientWire(socket))
  opened.add(caller)
  return createClient(contract, caller)
}

const addOidc = async (): Promise<string> => {
  const { api, close } = trial.enter()
  const { id } = await api.putProvider({
    provider: {
      kind: 'oidc',
      name: 'Login',
      issuer: provider.issuer,
      clientId: webClient.id,
      clientSecret: webClient.secret,
    },
  })
  close()
  await trial.set({
    signInRequired: true,
    groupRoles: [
      { group: 'sre', role: 'admin' },
      { group: 'auditor', role: 'viewer' },
    ],
  })
  return id
}

const openStep = async (steps: AsyncIterator<SignInStep>): Promise<string> => {
  const { value } = await steps.next()
  if (value?.kind !== 'open') throw new Error('It says nowhere to go.')
  return value.url
}
const doneStep = async (steps: AsyncIterator<SignInStep>): Promise<string> => {
  const { value } = await steps.next()
  if (value?.kind !== 'done' || value.exchange === null) throw new Error('It is not done.')
  return value.exchange
}
const refreshed = ({ headers }: Answer): string => String(headers.refresh).replace('0; url=', '')

/** Signs in as a person in a browser does. @returns the cookie of their session. */
const signIn = async (id: string, login: string, cookie?: string): Promise<string> => {
  const own = cookie ?? (await newCookie())
  const steps = (await bridge(own)).signIn({ provider: id })[Symbol.asyncIterator]()
  const back = new URL(await signInAtProvider(await openStep(steps), login))
  const done = doneStep(steps)
  done.catch(() => {})
  await ask(refreshed(await ask(back.pathname + back.search)), { headers: { cookie: own } })
  return cookieIn(await ask(`/session?code=${await done}`, { headers: { cookie: own } }))
}

describe('a server host where people sign in', () => {
  it('gives every browser a page and a session that is nobody’s', async () => {
    await addOidc()
    const first = await ask('/alerts')
    expect([first.status, first.body]).toEqual([200, '<!doctype html><title>page</title>'])
    expect(first.headers['set-cookie']?.[0]).toMatch(
      new RegExp(`^__Host-framework0-${port}=[\\w-]{43}; HttpOnly; Secure; SameSite=Strict; Path=/$`),
    )
    expect(first.headers['strict-transport-security']).toContain('max-age')
    const api = await bridge(cookieIn(first))
    expect(await api.me({})).toMatchObject({ state: 'signed-out', signInRequired: true, roles: [] })
    expect(await api.signInMethods({})).toMatchObject([{ kind: 'oidc', name: 'Login', flows: ['browser', 'device'] }])
    for (const call of [api.identities({}), api.providers({}), api.settings({}), api.sessions({}), api.vault({})])
      await expect(call).rejects.toMatchObject({ code: 'unauthenticated' })
    expect((await ask('/', { headers: { cookie: cookieIn(first) } })).headers['set-cookie']).toBeUndefined()
  })

  it('signs somebody in, with a new cookie: the one that was there before stays nobody’s', async () => {
    const id = await addOidc()
    const planted = await newCookie()
    const cookie = await signIn(id, 'ana', planted)
    expect(cookie).toMatch(/^__Host-/)
    expect(cookie).not.toBe(planted)
    expect(await (await bridge(cookie)).me({})).toMatchObject({ state: 'signed-in', name: 'Ana Sre', via: 'browser' })
    expect(await (await bridge(planted)).me({})).toMatchObject({ state: 'signed-out' })
  })

  it('lets no other browser finish a sign-in, and none finish it twice', async () => {
    const id = await addOidc()
    const [own, other] = [await newCookie(), await newCookie()]
    const steps = (await bridge(own)).signIn({ provider: id })[Symbol.asyncIterator]()
    const back = new URL(await signInAtProvider(await openStep(steps), 'ana'))
    const page = refreshed(await ask(back.pathname + back.search))
    for (const cookie of [other, '', 'x=y'])
      expect(await ask(page, { headers: cookie ? { cookie } : {} })).toMatchObject({ status: 400 })
    const done = doneStep(steps)
    expect(await ask(page, { headers: { cookie: own } })).toMatchObject({ status: 200 })
    expect(await ask(page, { headers: { cookie: own } })).toMatchObject({ status: 400 })
    const code = await done
    expect((await ask(`/session?code=${code}`, { headers: { cookie: other } })).status).toBe(401)
    expect((await ask(`/session?code=${code}`, { headers: { cookie: own } })).status).toBe(200)
    expect((await ask(`/session?code=${code}`, { headers: { cookie: own } })).status).toBe(401)
  })

  it('tells in the browser why somebody was refused, as text', async () => {
    const id = await addOidc()
    await trial.set({ groupRoles: [{ group: 'nobody-is-here', role: 'admin' }] })
    const own = await newCookie()
    const steps = (await bridge(own)).signIn({ provider: id })[Symbol.asyncIterator]()
    const back = new URL(await signInAtProvider(await openStep(steps), 'aud'))
    const refused = expect(steps.next()).rejects.toMatchObject({ code: 'forbidden' })
    const page = await ask(refreshed(await ask(back.pathname + back.search)), { headers: { cookie: own } })
    expect([page.status, page.body]).toEqual([403, expect.stringContaining('nothing says what you may do here')])
    await refused
  })

  it('signs somebody in by SAML, whose form comes from another site without a cookie', async () => {
    const { api, close } = trial.enter()
    const { id, register } = await api.putProvider({
      provider: {
        kind: 'saml',
        name: 'Company',
        entryPoint: idp.entryPoint,
        idpIssuer: idp.entityId,
        idpCertificates: [idp.certificate],
        nameAttribute: 'displayName',
        emailAttribute: 'mail',
      },
    })
    close()
    expect(register.map(({ value }) => value)).toEqual([`${origin}/sign-in/saml`, `${origin}/sign-in/saml/metadata`])
    expect((await ask(`/sign-in/saml/metadata?provider=${id}`)).body).toContain('AssertionConsumerService')
    await trial.set({ signInRequired: true, groupRoles: [{ group: 'sre', role: 'admin' }] })
    expect(await trial.enter().api.signInMethods({})).toEqual([])
    const own = await newCookie()
    const steps = (await bridge(own)).signIn({ provider: id })[Symbol.asyncIterator]()
    const form = await idp.signIn(await openStep(steps), 'ana')
    const post = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
      ask('/sign-in/saml', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'http://idp.example', ...headers },
        body: new URLSearchParams(fields).toString(),
      })
    expect((await post({ ...form, RelayState: 'made-up' })).status).toBe(400)
    const parked = refreshed(await post(form))
    expect((await ask(parked)).status).toBe(400)
    const again = refreshed(await post(form))
    const done = doneStep(steps)
    expect((await ask(again, { headers: { cookie: own } })).body).toContain('You are signed in.')
    const cookie = cookieIn(await ask(`/session?code=${await done}`, { headers: { cookie: own } }))
    expect(await (await bridge(cookie)).me({})).toMatchObject({ state: 'signed-in', email: 'ana@ops.test' })
  })

  it('knows a browser again after a restart, though the cookie is nowhere at rest', async () => {
    const cookie = await signIn(await addOidc(), 'ana')
    await stop()
    expect(filesWith(folder, cookie.split('=')[1] ?? 'x')).toEqual([])
    await start()
    expect(await (await bridge(cookie)).me({})).toMatchObject({ state: 'signed-in', name: 'Ana Sre' })
  })

  it('does not sign anybody out who is led here by another site', async () => {
    const cookie = await signIn(await addOidc(), 'ana')
    const led = await ask('/alerts?alert=x', { headers: { 'sec-fetch-site': 'cross-site' } })
    expect(led.headers['set-cookie']).toBeUndefined()
    expect(refreshed(led)).toBe('/alerts?alert=x')
    expect((await ask('/alerts?alert=x', { headers: { cookie, 'sec-fetch-site': 'same-origin' } })).body).toContain(
      'page',
    )
  })

  it('answers no other name and opens the bridge to no other page', async () => {
    await addOidc()
    const cookie = await newCookie()
    for (const name of ['evil.example', `evil.example:${port}`, 'localhost', `localhost.evil.example:${port}`])
      expect((await ask('/', { headers: { host: name, cookie } })).status).toBe(421)
    for (const foreign of ['https://evil.example', `http://localhost:${port}`, `https://127.0.0.1:${port}`, 'null'])
      expect(await upgrade({ cookie, origin: foreign })).toBe(403)
    expect(await upgrade({ cookie })).toBe(403)
    expect(await upgrade({ origin })).toBe(403)
    for (const method of ['POST', 'PUT', 'DELETE'])
      expect((await ask('/', { headers: { cookie }, method })).status).toBe(405)
  })

  it('refuses every command of a viewer, and writes that down', async () => {
    const id = await addOidc()
    const viewer = await bridge(await signIn(id, 'aud'))
    expect(await viewer.me({})).toMatchObject({ roles: ['viewer'] })
    await expect(viewer.removeProvider({ id })).rejects.toMatchObject({ code: 'forbidden' })
    expect(trial.written.at(-1)).toEqual({ operation: 'access.removeProvider', outcome: 'forbidden', targets: [] })
  })

  it('ends the streams of a session that is ended, at once', async () => {
    const id = await addOidc()
    const admin = await bridge(await signIn(id, 'ana'))
    const own = await bridge(await signIn(id, 'ana'))
    const silent = await listen(createServer(() => {}))
    const url = `ldap://127.0.0.1:${silent.port}`
    const steps = own.testProvider({ provider: { kind: 'ldap', name: 'Silent', url, startTls: true, baseDn: 'dc=x' } })
    const ended = (async () => {
      for await (const _ of steps);
    })()
    const caught = expect(ended).rejects.toMatchObject({ code: 'unauthenticated' })
    await own.me({})
    const { session } = await own.me({})
    expect(await admin.endSession({ id: session })).toEqual({ ended: true })
    await caught
    await silent.close()
    expect((await own.me({})).state).toBe('signed-out')
  })

  it('lets nobody in who was connected when people are no longer asked to sign in', async () => {
    await addOidc()
    const stranger = await bridge(await newCookie())
    await trial.set({ signInRequired: false })
    expect(await stranger.me({})).toMatchObject({ state: 'signed-out', roles: [] })
    await expect(stranger.identities({})).rejects.toMatchObject({ code: 'unauthenticated' })
    expect((await ask('/')).status).toBe(401)
  })

  it('takes up a new certificate and its names without a restart, and keeps the old one when that is broken', async () => {
    await addOidc()
    const shown = () =>
      new Promise<string>((resolve) => {
        const socket = connect({ host: '127.0.0.1', port, ca: authority.ca, servername: 'localhost' }, () => {
          resolve(socket.getPeerCertificate().subjectaltname ?? '')
          socket.destroy()
        })
      })
    expect(await shown()).not.toContain('ops.example')
    await certificate(['localhost', 'ops.example'])
    await vi.waitFor(async () => expect(await shown()).toContain('ops.example'), { timeout: 15_000, interval: 300 })
    expect((await ask('/', { headers: { host: `ops.example:${port}` } })).status).toBe(200)
    writeFileSync(certFile, 'not a certificate')
    expect(await shown()).toContain('ops.example')
  })

  it('slows down a stranger who asks too much at once, and nobody else', async () => {
    await addOidc()
    const api = await bridge(await newCookie())
    const outcomes = await Promise.all(
      Array.from({ length: 160 }, () =>
        api.signInMethods({}).then(
          () => 'ok',
          (error: { code: string }) => error.code,
        ),
      ),
    )
    expect(new Set(outcomes)).toEqual(new Set(['ok', 'throttled']))
    const other = await bridge(await newCookie())
    expect(await other.signInMethods({})).toHaveLength(1)
  })
})
