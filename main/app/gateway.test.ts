import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { endpointSpec, gatewayFile, plainListener, ruleTo } from '#e2e/app/gateway-file.ts'
import { freePort } from '#e2e/app/peers/peer.ts'
import { endAgent } from '#e2e/app/peers/subject.ts'
import type { GatewayFile } from '#preload/integration/gateway.ts'
import { removeFolder, startTrial, type Trial, temporaryFolder } from './trial.ts'

const folder = temporaryFolder('gateway')
const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 30_000, interval: 100 })
const servers: Server[] = []
let trial: Trial
let port: number
let one: number
let two: number

const upstream = async (name: string): Promise<number> => {
  const server = createServer((_, response) => response.end(name))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
const file = (at: number, [first, second]: readonly [number, number], more = '') =>
  gatewayFile({
    ...{ listeners: plainListener(at), rules: ruleTo({ one: first, two: second }, more) },
    backends: { one: endpointSpec(one), two: endpointSpec(two) },
  })

const save = (text: string, revision: number | null, name = 'shop') =>
  trial.api.gateway.saveFile({ name, text, revision })
const stored = async (name = 'shop'): Promise<GatewayFile | undefined> =>
  (await trial.api.gateway.files({})).find((each) => each.name === name)
const ask = async (at = port): Promise<string> => (await fetch(`http://127.0.0.1:${at}/`)).text()
const share = async (requests: number): Promise<number> => {
  const answers = await Promise.all(Array.from({ length: requests }, () => ask()))
  expect(new Set(answers)).toEqual(new Set(['one', 'two']))
  return answers.filter((answer) => answer === 'one').length / requests
}

const agentPid = (): number => Number(readFileSync(join(folder, 'agent', 'agent.pid'), 'utf8'))
const killAgent = (): number => {
  const pid = agentPid()
  process.kill(pid, 'SIGKILL')
  return pid
}

describe('Gateway API files', () => {
  beforeAll(async () => {
    one = await upstream('one')
    two = await upstream('two')
    port = await freePort()
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

  it('are none at first, and no gateway runs for them', async () => {
    expect(await trial.api.gateway.files({})).toEqual([])
    expect(await trial.api.gateway.status({})).toEqual({
      absence: 'No gateway runs here: nothing is served.',
      gateway: null,
    })
    expect(await trial.api.gateway.metrics({})).toEqual({ text: '' })
  })

  it('are told what they would do before they are saved', async () => {
    const { problems, listeners, routes } = await trial.api.gateway.check({ text: file(port, [70, 30]) })
    expect(problems).toEqual([])
    expect(listeners).toEqual([{ name: 'front/web', address: `127.0.0.1:${port}`, protocol: 'http', hostname: '*' }])
    expect(routes).toMatchObject([{ name: 'shop', listeners: ['front/web'], backends: ['one', 'two'] }])
  })

  it('split real requests by their weights, 70 to 30, and are measured', async () => {
    const saved = await save(file(port, [70, 30]), null)
    expect(saved).toMatchObject({ revision: 1, problems: [], refusal: null })
    const measured = await share(600)
    expect(measured).toBeGreaterThan(0.6)
    expect(measured).toBeLessThan(0.8)
    await until(async () => {
      const routes = (await trial.api.gateway.routes({})).filter(({ route }) => route === 'shop:shop')
      expect(routes.map((each) => each.backend)).toEqual(['shop:one', 'shop:two'])
      expect(routes.reduce((sum, { requests }) => sum + requests, 0)).toBe(600)
      expect(routes.every(({ p99, requestsPerSecond }) => Number(p99) > 0 && requestsPerSecond > 0)).toBe(true)
    })
    const log = await trial.api.gateway.accessLog({ route: 'shop:shop', limit: 5 })
    expect(log).toHaveLength(5)
    expect(log[0]).toMatchObject({ method: 'GET', path: '/', status: 200, host: '127.0.0.1' })
    expect((await trial.api.gateway.metrics({})).text).toContain('route="shop:shop"')
    const { gateway } = await trial.api.gateway.status({})
    expect(gateway?.listeners).toEqual([{ name: 'shop:front/web', host: '127.0.0.1', port, refusal: null }])
    expect(gateway?.backends.map(({ backend: name }) => name)).toEqual(['shop:one', 'shop:two'])
  })

  it('that have an unknown field are refused at its place, and what was in force still is', async () => {
    const wrong = file(port, [0, 1], ', colour: blue')
    await expect(save(wrong, 1)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('document 2, spec.rules.0.colour: The gateway knows no such field here.'),
    })
    expect(await share(100)).toBeGreaterThan(0.5)
    expect((await stored())?.revision).toBe(1)
  })

  it('that ask for a certificate which is not kept are refused, and say where to add it', async () => {
    const secure = file(port, [1, 1]).replace(
      'protocol: HTTP }',
      'protocol: HTTPS, tls: { certificateRefs: [{ name: shop-cert }] } }',
    )
    const { problems } = await trial.api.gateway.check({ text: secure })
    expect(problems[0]?.message).toBe(
      'There is no certificate with a private key called “shop-cert”. Add it under Certificates.',
    )
  })

  it('that want a port which is taken are refused with who holds it, and nothing is saved', async () => {
    await expect(save(file(one, [1, 1]), null, 'second')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`127.0.0.1:${one} is taken by `),
    })
    expect(await stored('second')).toBeUndefined()
    await expect(save(file(two, [1, 1]), 1)).rejects.toMatchObject({ code: 'conflict' })
    expect(await stored()).toMatchObject({ revision: 1, refusal: null })
    expect(['one', 'two']).toContain(await ask())
  })

  it('are not overwritten by somebody who has not seen the present ones', async () => {
    await expect(save(file(port, [1, 0]), null)).rejects.toMatchObject({ code: 'conflict' })
    expect(await share(100)).toBeLessThan(1)
    expect((await save(file(port, [30, 70]), 1)).revision).toBe(2)
    expect(await share(300)).toBeLessThan(0.45)
  })

  it('may be changed only by whoever may', async () => {
    const viewer = trial.as('viewer').gateway
    expect(await viewer.files({})).toHaveLength(1)
    await expect(viewer.removeFile({ name: 'shop' })).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('are served on while the application is closed, and after it started', async () => {
    await trial.close()
    expect(['one', 'two']).toContain(await ask())
    trial = await startTrial(folder)
    expect(await stored()).toMatchObject({ revision: 2, refusal: null })
    expect(await share(200)).toBeLessThan(0.5)
  })

  it('are served again when the agent was killed, while the application runs or not', async () => {
    const killed = killAgent()
    await until(() => expect(agentPid()).not.toBe(killed))
    await until(async () => expect(['one', 'two']).toContain(await ask()))
    await trial.close()
    killAgent()
    await until(async () => expect(ask()).rejects.toThrow())
    trial = await startTrial(folder)
    expect(['one', 'two']).toContain(await ask())
  })

  it('are served on when the worker of the gateway is killed while another program wants their port', async () => {
    const workers = async () => ((await trial.api.gateway.status({})).gateway?.workers ?? []).map(({ pid }) => pid)
    const before = await workers()
    let wanted = 0
    const won: Server[] = []
    const wanting = setInterval(() => {
      wanted++
      const squatter = createServer((_, response) => response.end('squatter'))
      squatter.on('error', () => {}).listen(port, '127.0.0.1', () => won.push(squatter))
    }, 1)
    try {
      for (const pid of before) process.kill(pid, 'SIGKILL')
      await until(async () => {
        expect(['one', 'two']).toContain(await ask())
        const after = await workers()
        expect([after.length, after.filter((pid) => before.includes(pid))]).toEqual([1, []])
      })
    } finally {
      clearInterval(wanting)
    }
    servers.push(...won)
    expect([won.length, wanted > 10]).toEqual([0, true])
    expect((await stored())?.refusal).toBeNull()
  })

  it('are told not to be served when their port was taken meanwhile', async () => {
    const other = await freePort()
    await save(file(other, [1, 0]), null, 'other')
    await trial.close()
    killAgent()
    const squatter = createServer((_, response) => response.end('squatter'))
    servers.push(squatter)
    await until(async () => expect(ask(other)).rejects.toThrow())
    await new Promise<void>((resolve) => squatter.listen(other, '127.0.0.1', resolve))
    trial = await startTrial(folder)
    expect((await stored('other'))?.refusal).toMatch(
      new RegExp(`^127.0.0.1:${other} is taken by .*process ${process.pid}\\. It is tried again`),
    )
    expect((await stored())?.refusal).toBeNull()
    expect(['one', 'two']).toContain(await ask())
    const { gateway } = await trial.api.gateway.status({})
    expect(gateway?.listeners.map(({ name, refusal }) => [name, refusal !== null])).toEqual([
      ['other:front/web', true],
      ['shop:front/web', false],
    ])
    // It keeps nobody from changing the others, and is served by itself once the port is free.
    await save(file(port, [30, 70]), 2)
    await new Promise((resolve) => {
      squatter.close(resolve)
      squatter.closeAllConnections()
    })
    await until(async () => expect((await stored('other'))?.refusal).toBeNull())
    expect(await ask(other)).toBe('one')
    await trial.api.gateway.removeFile({ name: 'other' })
  })

  it('that want a port of another file are refused at their listener, with whose it is', async () => {
    const at = { document: 0, path: 'spec.listeners.0' }
    const text = file(port, [1, 1])
    const { problems } = await trial.api.gateway.check({ text, name: 'second' })
    expect(problems).toEqual([
      { ...at, message: `Port ${port} is taken by the file “shop”. Use another port, or a hostname of its own.` },
    ])
    await expect(save(text, null, 'second')).rejects.toMatchObject({
      message: expect.stringContaining(`document 1, spec.listeners.0: Port ${port} is taken by the file “shop”.`),
    })
    expect((await trial.api.gateway.check({ text, name: 'shop' })).problems).toEqual([])
  })

  it('of a class that no gateway has are refused, and one that serves nothing says so', async () => {
    const nginx = file(port, [1, 1]).replace('gatewayClassName: framework0', 'gatewayClassName: nginx')
    expect((await trial.api.gateway.check({ text: nginx, name: 'shop' })).problems).toEqual([
      {
        ...{ document: 0, path: 'spec.gatewayClassName' },
        message:
          'There is no gateway of the class “nginx”. Use framework0 (the gateway of this machine), envoy or kong.',
      },
    ])
    expect(await save('', null, 'blank')).toMatchObject({ refusal: null, listeners: 0 })
    await trial.api.gateway.removeFile({ name: 'blank' })
  })

  it('are served no more when they are removed', async () => {
    await trial.api.gateway.removeFile({ name: 'shop' })
    await expect(ask()).rejects.toThrow()
    expect(await trial.api.gateway.files({})).toEqual([])
    expect(await trial.api.gateway.routes({})).not.toEqual([])
  })
})
