import { mkdirSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { fixedSession, type OpenSession, personalCaller } from '#main/kernel/access/caller.ts'
import { systemClock } from '#main/kernel/clock.ts'
import { silentLog } from '#main/kernel/log/log.ts'
import { serve } from '#main/kernel/service.ts'
import { createCaller } from '#preload/contract/caller.ts'
import { command, defineContract, nothing, query } from '#preload/contract/define.ts'
import { loadPolicy } from './load-policy.ts'
import { createRouter } from './router.ts'
import { removeFolder, temporaryFolder } from './trial.ts'
import { startWebHost, type WebHost } from './web-host.ts'
import { createWebSessions } from './web-sessions.ts'
import { clientWire } from './wires.ts'

const trial = defineContract({
  area: 'observability',
  capability: 'trial',
  summary: 'Operations of this test.',
  operations: {
    me: query({ summary: 'Who calls.', input: nothing, output: z.string() }),
    change: command({ summary: 'Changes.', input: nothing, output: z.string() }),
  },
})

const router = createRouter({
  log: silentLog,
  clock: systemClock,
  policy: loadPolicy(join(import.meta.dirname, '../../resources'), { more: [trial] }),
  audit: {
    begin: async (attempt) => ({ ...attempt, at: '' }),
    finish: async () => ({}) as never,
    refuse: async () => ({}) as never,
    recover: async () => 0,
    onAppend: () => () => {},
  },
  services: [serve(trial, { me: (_, { caller }) => `${caller.roles} ${caller.via}`, change: () => 'changed' })],
})

type Response = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }

const folder = temporaryFolder('web')
const renderer = join(folder, 'renderer')
const open: OpenSession = ({ via, key, readOnly }) =>
  fixedSession(personalCaller('ana', via, key, [readOnly ? 'viewer' : 'admin']))
const loopback = (at = 0) => ({ address: '127.0.0.1', port: at, tls: null, hosts: [] })
let host: WebHost
let port: number
let readOnlyHost: WebHost

beforeAll(async () => {
  mkdirSync(join(renderer, 'assets'), { recursive: true })
  writeFileSync(join(renderer, 'index.html'), '<!doctype html><title>page</title>')
  writeFileSync(join(renderer, 'assets', 'app-1234.js'), 'export {}')
  writeFileSync(join(renderer, 'icon.svg'), '<svg/>')
  writeFileSync(join(folder, 'secret.txt'), 'outside')
  host = await startWebHost({ listen: loopback(), renderer, router, open, readOnly: false })
  readOnlyHost = await startWebHost({ listen: loopback(), renderer, router, open, readOnly: true })
  port = Number(new URL(host.link()).port)
})
afterAll(async () => {
  await host.close()
  await readOnlyHost.close()
  removeFolder(folder)
})

/** As a browser would, except that the path is sent as it is. */
const ask = (path: string, headers: Record<string, string> = {}, method = 'GET', at = port): Promise<Response> =>
  new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: at, path, headers, method }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
      .on('error', reject)
      .end()
  })

const signIn = async (from = host): Promise<string> => {
  const link = new URL(from.link())
  const { headers } = await ask(`/${link.search}`, {}, 'GET', Number(link.port))
  return headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}

describe('a link', () => {
  it('opens the application once, with a cookie that no script and no other site can use', async () => {
    const link = new URL(host.link())
    const first = await ask(`/${link.search}`)
    expect(first.status).toBe(200)
    expect(first.headers['set-cookie']?.[0]).toMatch(
      new RegExp(`^framework0-${port}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/$`),
    )
    expect(first.headers.refresh).toBe('0; url=/')
    const second = await ask(`/${link.search}`)
    expect([second.status, second.headers['set-cookie']]).toEqual([401, undefined])
    expect(second.body).toContain('framework0 open')
  })

  it('is not used up by a look at it', async () => {
    const { search } = new URL(host.link())
    expect((await ask(`/${search}`, {}, 'HEAD')).status).toBe(200)
    expect((await ask(`/${search}`)).status).toBe(200)
    expect((await ask(`/${search}`, {}, 'HEAD')).status).toBe(401)
  })

  it('of another instance does not open this one', async () => {
    const foreign = new URL(readOnlyHost.link())
    expect((await ask(`/${foreign.search}`)).status).toBe(401)
    expect((await ask('/?token=')).status).toBe(401)
    expect((await ask(`/?token=${'é'.repeat(43)}`.replaceAll('é', '%C3%A9'))).status).toBe(401)
  })

  it('expires after ten minutes', () => {
    let now = 0
    const sessions = createWebSessions(() => now, { port: () => 1, secure: false })
    const [early, late] = [sessions.mint(), sessions.mint()]
    now = 10 * 60_000
    expect(sessions.redeem(early)).toMatch(/^framework0-1=/)
    now++
    expect(sessions.redeem(late)).toBeNull()
  })
})

describe('without a session', () => {
  it.each(['/', '/alerts', '/index.html', '/icon.svg', '/bridge', '/..%2fsecret.txt'])(
    '%s is refused',
    async (path) => {
      const { status, body } = await ask(path)
      expect(status).toBe(401)
      expect(body).not.toMatch(/outside|<title>page/)
    },
  )

  it('a cookie of another instance, or a made-up one, is refused', async () => {
    const foreign = await signIn(readOnlyHost)
    expect((await ask('/', { cookie: foreign })).status).toBe(401)
    const renamed = foreign.replace(/^framework0-\d+/, `framework0-${port}`)
    expect((await ask('/', { cookie: renamed })).status).toBe(401)
    expect((await ask('/', { cookie: `framework0-${port}=` })).status).toBe(401)
  })
})

describe('with a session', () => {
  let cookie: string
  beforeAll(async () => {
    cookie = await signIn()
  })

  it.each(['/', '/alerts', '/alerts?alert=x', '/connections/0192'])('%s is the page, and never kept', async (path) => {
    const { status, body, headers } = await ask(path, { cookie: `other=1; ${cookie}` })
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-store',
    ])
    expect(body).toContain('<title>page')
  })

  it.each(['/assets/missing.js', '/assets/missing', '/assets/', '/missing.png'])('%s is not found', async (path) => {
    expect((await ask(path, { cookie })).status).toBe(404)
  })

  it('serves hashed files to be kept', async () => {
    const { status, headers, body } = await ask('/assets/app-1234.js', { cookie })
    expect([status, headers['content-type'], body]).toEqual([200, 'text/javascript; charset=utf-8', 'export {}'])
    expect(headers['cache-control']).toContain('immutable')
    expect((await ask('/assets/app-1234.js', { cookie }, 'HEAD')).body).toBe('')
  })

  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/%2e%2e%2fsecret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '/..%00/secret.txt',
    '/%ff',
    '/%E0%A4%A',
    '/....//secret.txt',
  ])('does not leave its folder for %s', async (path) => {
    const { status, body } = await ask(path, { cookie })
    expect(body).not.toContain('outside')
    expect([404, 200]).toContain(status)
    if (status === 200) expect(body).toContain('<title>page')
  })

  it('takes nothing but reads', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await ask('/', { cookie }, method)).status).toBe(405)
  })
})

describe('every answer', () => {
  it.each(['/', '/?token=x', '/assets/app-1234.js', '/assets/missing.js'])('carries the policies: %s', async (path) => {
    const { headers } = await ask(path)
    expect(headers['content-security-policy']).toContain("default-src 'self'")
    expect(headers['content-security-policy']).not.toContain('unsafe')
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    })
  })

  it('to another host name is a refusal, whatever cookie or token comes with it', async () => {
    const cookie = await signIn()
    const token = new URL(host.link()).search
    for (const name of ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`, '127.0.0.1'])
      for (const path of ['/', `/${token}`, '/assets/app-1234.js'])
        expect((await ask(path, { host: name, cookie })).status).toBe(421)
    expect((await ask(`/${token}`)).status).toBe(200)
  })

  it.each(['//', '//evil.example', 'http://[', '*', '/\\'])('survives the target %s', async (target) => {
    const first = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`),
      )
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('close', () => resolve(text.split('\r\n')[0] ?? ''))
      socket.on('error', () => resolve('error'))
    })
    expect(first).toMatch(/^HTTP\/1\.1 4\d\d/)
    expect((await ask('/')).status).toBe(401)
  })
})

describe('the WebSocket', () => {
  let cookie: string
  beforeEach(async () => {
    cookie = await signIn()
  })
  const own = (): string => `http://127.0.0.1:${port}`
  const upgrade = (headers: Record<string, string>, path = '/bridge', at = port): Promise<number | WebSocket> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${at}${path}`, { headers })
      socket.on('open', () => resolve(socket))
      socket.on('unexpected-response', (_, response) => {
        resolve(response.statusCode ?? 0)
        socket.terminate()
      })
      socket.on('error', () => {})
    })
  const opened = async (...given: Parameters<typeof upgrade>) => {
    const socket = await upgrade(...given)
    if (typeof socket === 'number') throw new Error(`Refused with ${socket}.`)
    return createCaller(clientWire(socket))
  }

  it('opens for our own page with its cookie', async () => {
    const caller = await opened({ cookie, origin: own() })
    expect(await caller.call('trial.me', {})).toBe('admin browser')
    expect(await caller.call('trial.change', {})).toBe('changed')
    caller.close()
  })

  it.each([
    ['another site', { origin: 'http://evil.example' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['https of the same name', { origin: 'https://127.0.0.1' }],
    ['a sandboxed page', { origin: 'null' }],
    ['a program that names no origin', {}],
    ['a rebound name', { origin: 'http://evil.example', host: 'evil.example' }],
  ])('stays closed for %s', async (_, headers: Record<string, string>) => {
    expect(await upgrade({ cookie, ...headers })).toBe(403)
  })

  it('stays closed without a cookie, and on another path', async () => {
    expect(await upgrade({ origin: own() })).toBe(403)
    expect(await upgrade({ origin: own(), cookie: cookie.slice(0, -1) })).toBe(403)
    expect(await upgrade({ origin: own(), cookie }, '/bridge2')).toBe(403)
    expect(await upgrade({ origin: own(), cookie }, '/bridge?x')).toBe(403)
  })

  it('of a read-only host reads and refuses every command', async () => {
    const at = Number(new URL(readOnlyHost.link()).port)
    const caller = await opened({ cookie: await signIn(readOnlyHost), origin: `http://127.0.0.1:${at}` }, '/bridge', at)
    expect(await caller.call('trial.me', {})).toBe('viewer browser')
    await expect(caller.call('trial.change', {})).rejects.toMatchObject({ code: 'forbidden' })
    caller.close()
  })

  it('does not keep the host from closing', async () => {
    const other = await startWebHost({
      listen: loopback(),
      renderer,
      router,
      open,
      readOnly: false,
    })
    const at = Number(new URL(other.link()).port)
    const caller = await opened({ cookie: await signIn(other), origin: `http://127.0.0.1:${at}` }, '/bridge', at)
    await other.close()
    await caller.closed
  })
})

it('refuses a port that is taken, with the reason', async () => {
  const taken = startWebHost({
    listen: loopback(port),
    renderer,
    router,
    open,
    readOnly: false,
  })
  await expect(taken).rejects.toMatchObject({ code: 'EADDRINUSE' })
})
