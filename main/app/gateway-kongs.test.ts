import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { endpointSpec, gatewayFile, plainListener, ruleTo } from '#e2e/app/gateway-file.ts'
import { createAuthority } from '#e2e/app/peers/certificates.ts'
import { type KongAdminPeer, startKongAdmin } from '#e2e/app/peers/kong-admin.ts'
import { freePort } from '#e2e/app/peers/peer.ts'
import { endAgent } from '#e2e/app/peers/subject.ts'
import { filesWith, removeFolder, startTrial, type Trial, temporaryFolder } from './trial.ts'

const folder = temporaryFolder('gateway-kongs')
const token = 'marker-of-the-admin-token'
const emptyHash = '0'.repeat(32)
const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 20_000, interval: 50 })

const file = (weight: number, more = '', gatewayClass = 'kong') =>
  gatewayFile({
    ...{ gatewayClass, listeners: plainListener(8_000) },
    rules: ruleTo({ one: weight, two: 100 - weight }, more),
    backends: {
      one: endpointSpec(3_001, ', circuit: { errorRate: 0.5, minimumRequests: 10, openMs: 1000 }'),
      two: endpointSpec(3_002),
    },
  })
const cors = ', filters: [{ type: CORS, cors: { allowOrigins: ["*"] } }]'
const others = (services: number) =>
  JSON.stringify({
    _format_version: '3.0',
    services: Array.from({ length: services }, (_, n) => ({
      ...{ name: `theirs-${n}`, host: 'their.example' },
      routes: [{ name: `theirs-${n}`, paths: [`/${n}`] }],
    })),
  })

describe('Kongs that are given their configuration from here', () => {
  let trial: Trial
  let kong: KongAdminPeer
  let revision: number | null = null
  const save = async (text: string): Promise<void> => {
    revision = (await trial.api.gateway.saveFile({ name: 'shop', text, revision })).revision
  }
  const shown = async (name = 'edge') => (await trial.api.gateway.kongs({})).kongs.find((each) => each.name === name)
  const refusal = async () => (await trial.api.gateway.files({})).find(({ name }) => name === 'shop')?.refusal
  const inForce = () => until(async () => expect((await shown())?.state).toBe('in force'))
  const input = (url: string, change: { name?: string; token?: string; authority?: string } = {}) => ({
    ...{ name: 'edge', url, token: '', authority: '', ...change },
  })
  const connect = (url: string, change: Parameters<typeof input>[1] & { known?: boolean; replaces?: string } = {}) => {
    const { known = false, replaces = null, ...rest } = change
    return trial.api.gateway.connectKong({ ...input(url, rest), known, replaces })
  }
  const weights = (): number[] =>
    (JSON.parse(kong.config() ?? '{}').upstreams ?? []).flatMap(({ targets }: { targets: { weight: number }[] }) =>
      targets.map(({ weight }) => weight),
    )

  beforeAll(async () => {
    kong = await startKongAdmin({ token })
    trial = await startTrial(folder)
    await trial.api.access.createVault({ passphrase: 'correct horse battery staple' })
  }, 60_000)
  afterAll(async () => {
    await trial?.close()
    endAgent(folder)
    await kong?.stop()
    removeFolder(folder)
  })

  it('are refused while they are not what can be driven, and nothing is kept of them', async () => {
    await save(file(90))
    expect(await refusal()).toBe('No Kong is connected. Connect one under Kong.')
    await expect(connect(kong.url)).rejects.toMatchObject({
      ...{ code: 'unauthenticated', message: 'edge asks for credentials, and this connection has none.' },
    })
    await expect(connect(kong.url, { token: 'wrong' })).rejects.toMatchObject({
      ...{ code: 'unauthenticated', message: 'edge did not accept the credentials (HTTP 401).' },
    })
    await expect(connect(`http://127.0.0.1:${await freePort()}`)).rejects.toMatchObject({ code: 'unreachable' })
    await expect(connect('ftp://kong.example')).rejects.toMatchObject({ code: 'invalid', at: 'url' })
    await using withDatabase = await startKongAdmin({ database: 'postgres' })
    await expect(connect(withDatabase.url)).rejects.toMatchObject({
      ...{ code: 'unsupported', message: 'edge keeps its configuration in a database, where others may write it.' },
    })
    expect((await trial.api.gateway.kongs({})).kongs).toEqual([])
    expect([kong.posts(), withDatabase.posts()]).toEqual([0, 0])
    expect(filesWith(folder, token)).toEqual([])
  })

  it('are asked before they are connected, then have the files of their class and no others', async () => {
    expect(await trial.api.gateway.planKong(input(kong.url, { token }))).toEqual({
      ...{ version: '3.10.0', present: null, given: { services: 1, routes: 1, files: ['shop'] } },
    })
    expect(kong.posts()).toBe(0)
    await connect(kong.url, { token })
    await inForce()
    expect(weights()).toEqual([900, 100])
    expect(await refusal()).toBeNull()
    const { findings } = await trial.api.gateway.kongs({})
    expect(findings.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        'Kong listens where kong.conf says: proxy_listen = 127.0.0.1:8000. Every route is served on each.',
        'Kong has no circuit breaker by error rate.',
      ]),
    )
    expect(await shown()).toMatchObject({ version: '3.10.0', hasToken: true, reason: null, again: null })
    await expect(connect(kong.url, { token })).rejects.toMatchObject({ code: 'conflict', at: 'name' })
    await expect(connect(kong.url, { token, name: 'twin' })).rejects.toMatchObject({ code: 'conflict', at: 'url' })
    expect(filesWith(folder, token), 'its token is sealed').toEqual([])
  })

  it('are given every change once, such as other weights, and nothing while nothing changes', async () => {
    const before = kong.posts()
    await save(file(50))
    await until(() => expect(weights()).toEqual([500, 500]))
    await inForce()
    const looked = (await shown())?.askedAt
    await until(async () => expect((await shown())?.askedAt).not.toBe(looked))
    expect(kong.posts()).toBe(before + 1)

    const here = file(50, '', 'framework0').replace('port: 8000', `port: ${await freePort()}`)
    await save(here)
    await until(() => expect(kong.hash(), 'a file that changes its class leaves Kong').toBe(emptyHash))
    await inForce()
    await save(file(50))
    await until(() => expect(weights()).toEqual([500, 500]))
    await inForce()
    expect((await shown())?.again).toBeNull()
  })

  it('are given everything again when they forgot it, and when somebody else changed it', async () => {
    await kong.stop()
    await until(async () => expect((await shown())?.state).toBe('away'))
    expect(await refusal()).toBe('Not every Kong has it: edge. See under Kong.')
    expect((await shown())?.reason).toContain('edge')
    await kong.start()
    expect(kong.config()).toBeNull()
    await inForce()
    expect(weights()).toEqual([500, 500])
    expect((await shown())?.again?.why).toBe('it was empty')

    expect(await kong.give(others(2))).toBe(201)
    await until(() => expect(weights()).toEqual([500, 500]))
    await until(async () => expect((await shown())?.again?.why).toBe('changed by somebody else'))
    await inForce()
  })

  it('that refuse are shown with their reason, and not asked again until something changes', async () => {
    kong.disable('cors')
    await save(file(50, cors))
    await until(async () => expect((await shown())?.state).toBe('refused'))
    expect((await shown())?.reason).toBe(
      "plugin cors, name: plugin 'cors' not enabled; add it to the 'plugins' configuration property",
    )
    expect(await refusal()).toBe('Not every Kong has it: edge. See under Kong.')
    const sent = kong.posts()
    const looked = (await shown())?.askedAt
    await until(async () => expect((await shown())?.askedAt).not.toBe(looked))
    expect(kong.posts()).toBe(sent)
    expect(weights(), 'it goes on with what it had').toEqual([500, 500])
    kong.disable(null)
    await kong.stop()
    await kong.start()
    await inForce()
    expect(kong.config()).toContain('"cors"')
  })

  it('are known again after a start, and what happened to them meanwhile is told', async () => {
    await trial.close()
    trial = await startTrial(folder)
    await until(async () => expect((await shown())?.state).toBe('cannot be driven'))
    expect((await shown())?.reason).toContain('The vault is locked')
    await trial.api.access.unlockVault({ passphrase: 'correct horse battery staple' })
    await inForce()
    expect((await shown())?.again).toBeNull()
    await trial.close()
    await kong.give(others(1))
    trial = await startTrial(folder)
    await trial.api.access.unlockVault({ passphrase: 'correct horse battery staple' })
    await inForce()
    expect(kong.config()).toContain('"cors"')
    expect((await shown())?.again?.why).toBe('changed by somebody else')
    expect(trial.faults()).toEqual([])
  }, 60_000)

  it('with a configuration of somebody else are connected only when that is confirmed', async () => {
    await using theirs = await startKongAdmin({ config: others(3) })
    const named = { name: 'theirs' }
    const { present } = await trial.api.gateway.planKong(input(theirs.url, named))
    expect(present).toEqual({ hash: theirs.hash(), services: 3, routes: 3, consumers: 0, plugins: 0 })
    const unconfirmed = { code: 'conflict', message: expect.stringContaining('services: 3, routes: 3') }
    await expect(connect(theirs.url, named)).rejects.toMatchObject(unconfirmed)
    await expect(connect(theirs.url, { ...named, replaces: emptyHash })).rejects.toMatchObject(unconfirmed)
    expect(theirs.posts()).toBe(0)
    await connect(theirs.url, { ...named, replaces: present?.hash ?? '' })
    await until(async () => expect((await shown('theirs'))?.state).toBe('in force'))
    expect(theirs.config()).toContain('"cors"')
    expect((await shown('theirs'))?.again, 'this was agreed').toBeNull()

    const has = theirs.hash()
    await trial.api.gateway.removeKong(named)
    expect(theirs.hash(), 'it keeps what it has').toBe(has)
    await expect(trial.api.gateway.removeKong(named)).rejects.toMatchObject({ code: 'not_found' })
    await expect(connect(theirs.url, { ...named, known: true })).rejects.toMatchObject({ code: 'conflict' })
  })

  it('behind TLS are believed by an authority of their own', async () => {
    const authority = await createAuthority()
    await using secure = await startKongAdmin({ tls: await authority.issue({ commonName: 'localhost' }) })
    await expect(connect(secure.url, { name: 'secure' })).rejects.toMatchObject({ code: 'unreachable' })
    await connect(secure.url, { name: 'secure', authority: authority.ca })
    await until(async () => expect((await shown('secure'))?.state).toBe('in force'))
    await trial.api.gateway.removeKong({ name: 'secure' })
  })

  it('are changed by those alone who may, and every change is in the audit log without a secret', async () => {
    const viewer = trial.as('viewer').gateway
    const forbidden = { code: 'forbidden' }
    await expect(viewer.planKong(input(kong.url))).rejects.toMatchObject(forbidden)
    await expect(viewer.connectKong({ ...input(kong.url), known: false, replaces: null })).rejects.toMatchObject(
      forbidden,
    )
    await expect(viewer.removeKong({ name: 'edge' })).rejects.toMatchObject(forbidden)

    await connect(kong.url, { token: `${token}-2`, known: true }).catch(() => {})
    await connect(kong.url, { token, known: true })
    await inForce()
    await trial.api.gateway.removeKong({ name: 'edge' })
    expect(await refusal()).toBe('No Kong is connected. Connect one under Kong.')
    const { entries } = await trial.api.audit.list({ limit: 50 })
    expect(entries.find(({ operation }) => operation === 'gateway.removeKong')).toMatchObject({
      ...{ before: { name: 'edge', url: `${kong.url}/`, withToken: true }, after: null },
    })
    expect(JSON.stringify(entries)).not.toContain(token)
    expect(filesWith(folder, token)).toEqual([])
    expect(trial.faults()).toEqual([])
  })

  it('share no file with the gateway of this machine, or with Envoys', async () => {
    for (const other of ['framework0', 'envoy']) {
      const mixed = `${file(50)}---\n${file(50, '', other).replace('name: front', 'name: back')}`
      const { problems } = await trial.api.gateway.check({ text: mixed })
      expect(problems.map(({ message }) => message).join()).toMatch(
        /Another Gateway of this file is served by (Kong|Envoys). Put it into another file./,
      )
    }
  })
})
