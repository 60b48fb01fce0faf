import { describe, expect, it } from 'vitest'
import { type FaultOf, startFault } from '#e2e/app/peers/fault.ts'
import { freePort } from '#e2e/app/peers/peer.ts'
import { startProxy } from '#e2e/app/peers/proxy.ts'
import { AppError } from '#preload/contract/error.ts'
import type { Authentication } from './endpoint.ts'
import { type Step, stepNames, type WalkOptions, walk } from './walk.ts'

async function collect(walked: AsyncIterable<Step>): Promise<Step[]> {
  const all: Step[] = []
  for await (const step of walked) all.push(step)
  return all
}

const bearer: Authentication = { kind: 'bearer', token: 'right' }

function steps(
  url: string,
  auth: Authentication = { kind: 'none' },
  options: Partial<WalkOptions> = {},
): Promise<Step[]> {
  const identify = async () => ({ product: 'Thing', version: '1.2' })
  return collect(walk({ name: 'Metrics', url, auth, tls: {} }, { identify, stepTimeoutMs: 1_000, ...options }))
}

/** How each step ended, in order. */
const ends = (all: readonly Step[]) =>
  all.filter(({ status }) => status !== 'running').map(({ step, status }) => `${step} ${status}`)
const outcome = (all: readonly Step[], name: Step['step']) => all.findLast(({ step }) => step === name)

const guarded: FaultOf = ({ headers }) =>
  headers.authorization === 'Bearer right' ? { kind: 'json', body: {} } : { kind: 'status', status: 401 }

describe('the connection test', () => {
  it('performs every step and says what it found', async () => {
    await using server = await startFault(guarded)
    const all = await steps(server.url, bearer)
    expect(ends(all)).toEqual(['dns ok', 'tcp ok', 'tls skipped', 'http ok', 'auth ok', 'product ok'])
    expect(all.filter(({ status }) => status === 'running').map(({ step }) => step)).toEqual(stepNames)
    expect(outcome(all, 'tcp')?.detail).toBe(`Connected to 127.0.0.1:${server.port}.`)
    expect(outcome(all, 'tls')?.detail).toBe('plain HTTP')
    expect(outcome(all, 'http')?.detail).toBe('Answered with HTTP 401.')
    expect(outcome(all, 'auth')?.detail).toBe('The credentials were accepted.')
    expect(outcome(all, 'product')).toMatchObject({ detail: 'Thing 1.2', ms: expect.any(Number) })
    expect(server.requests[0]?.headers.authorization).toBeUndefined()
  })

  it('looks a name up', async () => {
    await using server = await startFault({ kind: 'json', body: {} })
    const all = await steps(server.url.replace('127.0.0.1', 'localhost'))
    expect(outcome(all, 'dns')?.detail).toMatch(/^localhost is .*127\.0\.0\.1/)
    expect(ends(all)).toContain('product ok')
  })

  it('ends at DNS for a name without an address', async () => {
    const all = await steps('http://no-such-host.invalid')
    expect(ends(all)).toEqual([
      'dns failed',
      'tcp skipped',
      'tls skipped',
      'http skipped',
      'auth skipped',
      'product skipped',
    ])
    expect(outcome(all, 'dns')?.hint).toMatch(/spelling|network/)
  })

  it('ends at TCP where nothing listens', async () => {
    const all = await steps(`http://127.0.0.1:${await freePort()}`)
    expect(ends(all).slice(0, 2)).toEqual(['dns ok', 'tcp failed'])
    expect(outcome(all, 'tcp')?.detail).toContain('nothing listens')
  })

  it('ends at TLS where the server accepts and says nothing', async () => {
    await using server = await startFault({ kind: 'json', body: {} })
    await using proxy = await startProxy(server.url)
    await proxy.stall()
    const all = await steps(proxy.url.replace('http:', 'https:'), undefined, { stepTimeoutMs: 300 })
    expect(ends(all).slice(0, 3)).toEqual(['dns ok', 'tcp ok', 'tls failed'])
    expect(outcome(all, 'tls')?.detail).toContain('did not answer within 0.3 s')
  })

  it.each([
    ['never answers', { kind: 'silent' }, /did not answer within/],
    ['hangs up', { kind: 'close-before-answer' }, /closed the connection/],
    ['is a broken proxy', { kind: 'status', status: 502 }, /not available/],
  ] as const)('ends at HTTP where the server %s', async (_name, fault, detail) => {
    await using server = await startFault(fault)
    const all = await steps(server.url, undefined, { stepTimeoutMs: 300 })
    expect(ends(all).slice(2)).toEqual(['tls skipped', 'http failed', 'auth skipped', 'product skipped'])
    expect(outcome(all, 'http')?.detail).toMatch(detail)
  })

  it('ends at the credentials when they are wrong, missing, or a login page is in the way', async () => {
    await using server = await startFault(guarded)
    const wrong = await steps(server.url, { kind: 'bearer', token: 'wrong-one' })
    expect(outcome(wrong, 'auth')).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('did not accept'),
    })
    expect(JSON.stringify(wrong)).not.toContain('wrong-one')
    expect(outcome(await steps(server.url), 'auth')?.detail).toContain('this connection has none')
    server.become({ kind: 'redirect', to: 'https://login.example/start' })
    const away = await steps(server.url)
    expect(ends(away).slice(3)).toEqual(['http ok', 'auth failed', 'product skipped'])
    expect(outcome(away, 'auth')?.detail).toContain('https://login.example/start')
  })

  it('says when credentials may not have been looked at', async () => {
    await using server = await startFault({ kind: 'json', body: {} })
    expect(outcome(await steps(server.url, bearer), 'auth')?.detail).toContain('without credentials too')
  })

  it('ends at the product with the hint of whoever identifies it', async () => {
    await using server = await startFault({ kind: 'json', body: {} })
    const identify = async () => {
      throw new AppError('unsupported', 'This is Grafana.', { hint: 'Use its own kind.' })
    }
    const all = await steps(server.url, undefined, { identify })
    expect(outcome(all, 'product')).toMatchObject({
      status: 'failed',
      detail: 'This is Grafana.',
      hint: 'Use its own kind.',
    })
  })

  it('stops at once when it is cancelled', async () => {
    await using server = await startFault({ kind: 'silent' })
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 100)
    const all = await steps(server.url, undefined, { signal: controller.signal, stepTimeoutMs: 60_000 })
    expect(outcome(all, 'http')).toMatchObject({ status: 'failed', detail: 'The request was cancelled.' })
    expect(outcome(all, 'product')?.status).toBe('skipped')
  })

  it('shows a URL that cannot work as a failure of the first step', async () => {
    const all = await steps('ftp://host')
    expect(outcome(all, 'dns')).toMatchObject({ status: 'failed', detail: expect.stringContaining('http://') })
  })
})
