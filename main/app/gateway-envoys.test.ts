import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { endpointSpec, gatewayFile, plainListener, ruleTo } from '#e2e/app/gateway-file.ts'
import { startEnvoy } from '#e2e/app/peers/envoy.ts'
import { available, freePort, type Peer } from '#e2e/app/peers/peer.ts'
import { endAgent } from '#e2e/app/peers/subject.ts'
import { removeFolder, startTrial, type Trial, temporaryFolder } from './trial.ts'

const folder = temporaryFolder('gateway-envoys')
const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 20_000, interval: 200 })

const file = (at: number, backend: number, gatewayClass = 'envoy') =>
  gatewayFile({
    ...{ gatewayClass, listeners: plainListener(at), rules: ruleTo({ one: 1 }) },
    backends: { one: endpointSpec(backend, ', circuit: { errorRate: 0.5, minimumRequests: 10, openMs: 1000 }') },
  })
const portOf = (listening: Server): number => (listening.address() as AddressInfo).port
const serveText = async (text: string): Promise<Server> => {
  const server = createServer((_, response) => response.end(text))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
const ask = async (port: number): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text()

describe.runIf(available('envoy'))('Envoys that take their configuration from here', () => {
  let trial: Trial
  let envoy: Peer
  let servers: Server[]
  let port: number
  let asked: number
  const state = async () => (await trial.api.gateway.envoys({})).envoys.map((each) => [each.id, each.state])
  const refusalOf = async (name: string) =>
    (await trial.api.gateway.files({})).find((each) => each.name === name)?.refusal
  /** @returns its revision. */
  const save = async (text: string, revision: number | null) =>
    (await trial.api.gateway.saveFile({ name: 'shop', text, revision })).revision
  const post = (path: string, body: string, host = 'framework0') =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: asked, path, method: 'POST', headers: { host }, agent: false }
      const asking = request(options, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (chunk) => {
          text += chunk
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      })
      asking.on('error', reject).end(body)
    })

  beforeAll(async () => {
    servers = await Promise.all(['one', 'two'].map(serveText))
    ;[port, asked] = [await freePort(), await freePort()]
    trial = await startTrial(folder)
  }, 60_000)
  afterAll(async () => {
    await envoy?.stop()
    await trial?.close()
    endAgent(folder)
    for (const server of servers ?? []) server.close()
    removeFolder(folder)
  })

  it('are started with what is said, and serve the files of their class and no others', async () => {
    const [one] = servers
    let revision = await save(file(port, portOf(one as Server)), null)
    expect(await refusalOf('shop')).toBe('No Envoy can ask for it. Choose a port under Envoys.')
    await expect(fetch(`http://127.0.0.1:${port}/`), 'the gateway of this machine leaves it alone').rejects.toThrow()

    const { bootstrap } = await trial.api.gateway.setEnvoyPort({ port: asked })
    expect(await refusalOf('shop')).toBe('No Envoy has asked for it lately. Start one as said under Envoys.')
    // Every two seconds would only be slower.
    envoy = await startEnvoy(bootstrap?.replaceAll('refresh_delay: 2s', 'refresh_delay: 0.1s') ?? '')
    await until(async () => expect(await ask(port)).toBe('one'))
    await until(async () => expect(await state()).toEqual([['envoy-1', 'in force']]))
    expect(await refusalOf('shop')).toBeNull()
    const shown = await trial.api.gateway.envoys({})
    expect(shown).toMatchObject({ port: asked, refusal: null, files: ['shop'] })
    expect(shown.envoys[0]?.version).toMatch(/^\d+\.\d+\.\d+$/)
    expect(shown.findings.map(({ message }) => message)).toContain(
      'Envoy has no circuit breaker by error rate; its outlier detection takes endpoints out.',
    )

    revision = await save(file(port, portOf(servers[1] as Server)), revision)
    await until(async () => expect(await ask(port)).toBe('two'))
    await until(async () => expect(await refusalOf('shop')).toBeNull())

    const here = await freePort()
    revision = await save(file(here, portOf(one as Server), 'framework0'), revision)
    expect(await ask(here), 'a file that changes its class changes who serves it').toBe('one')
    await until(async () => expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow())
    await save(file(port, portOf(one as Server)), revision)
    await until(async () => expect(await ask(port)).toBe('one'))
    await expect(fetch(`http://127.0.0.1:${here}/`)).rejects.toThrow()
  }, 60_000)

  it('keep what they have while nobody answers, and are known again after a start', async () => {
    await trial.close()
    expect(await ask(port)).toBe('one')
    trial = await startTrial(folder)
    await until(async () => expect(await state()).toEqual([['envoy-1', 'in force']]))
    expect(await ask(port)).toBe('one')
  }, 60_000)

  it('that refuse what they are given are told of, and serve what they had', async () => {
    const [taken] = servers
    const { revision } = (await trial.api.gateway.files({}))[0] ?? { revision: null }
    await save(file(portOf(taken as Server), portOf(taken as Server)), revision)
    await until(async () => expect(await state()).toEqual([['envoy-1', 'refused']]))
    expect(await refusalOf('shop')).toBe('Not every Envoy has it: envoy-1. See under Envoys.')
    await save(file(port, portOf(taken as Server)), (revision ?? 0) + 1)
    await until(async () => expect(await state()).toEqual([['envoy-1', 'in force']]))
  }, 60_000)

  it('answer only what an Envoy of this machine asks', async () => {
    const path = '/v3/discovery:listeners'
    const question = JSON.stringify({ node: { id: 'other' } })
    expect((await post(path, question)).status).toBe(200)
    expect((await post(path, question, 'evil.example')).status).toBe(403)
    expect((await post('/v3/discovery:secrets', question)).status).toBe(404)
    for (const body of ['', '{', '{}', '[]', '{"node":{"id":7}}', `{"node":{"id":"${'x'.repeat(201)}"}}`])
      expect((await post(path, body)).status).toBe(400)
    expect(trial.faults()).toEqual([])
  })

  it('are no longer answered, or chosen by those who may not', async () => {
    const mayNot = trial.as('viewer').gateway.setEnvoyPort({ port: null })
    await expect(mayNot).rejects.toMatchObject({ code: 'forbidden' })
    expect(await trial.api.gateway.setEnvoyPort({ port: null })).toMatchObject({ port: null, bootstrap: null })
    await expect(post('/v3/discovery:listeners', '{}')).rejects.toThrow()
    const { entries } = await trial.api.audit.list({ limit: 10 })
    expect(entries.find(({ operation }) => operation === 'gateway.setEnvoyPort')).toMatchObject({
      ...{ before: { port: asked }, after: { port: null } },
    })
  })

  it('share no file with the gateway of this machine', async () => {
    const mixed = `${file(port, 1)}---\n${file(port, 1, 'framework0').replace('name: front', 'name: back')}`
    const { problems } = await trial.api.gateway.check({ text: mixed })
    expect(problems.map(({ message }) => message)).toContain(
      'Another Gateway of this file is served by Envoys. Put it into another file.',
    )
  })
})
