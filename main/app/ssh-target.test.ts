import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { startProxy } from '#e2e/app/peers/proxy.ts'
import { endServicesIn, makeKey, programsIn, type Sshd, startSshd } from '#e2e/app/peers/sshd.ts'
import { type Behaviour, buildSubject, endAgent, errorAnalysis, subjectService } from '#e2e/app/peers/subject.ts'
import { isAlive } from '#main/engines/supervisor/identity.ts'
import type { EnvironmentInput } from '#preload/deployment/environments.ts'
import type { RolloutState, Strategy } from '#preload/deployment/rollouts.ts'
import { filesWith, removeFolder, startTrial, type Trial, temporaryFolder } from './trial.ts'

const environment = 'staging'
const service = 'checkout'
const passphrase = 'correct horse battery'
const folder = temporaryFolder('ssh-target')
/** Two hosts that are one machine, so each has its own folder of everything. */
const places = join(folder, 'host')
const instances = join(places, environment, service, 'instances')
let sshd: Sshd
let second: Sshd
/** What is between this machine and the second host. */
let between: Awaited<ReturnType<typeof startProxy>>
let trial: Trial
let load: { stop: () => Promise<{ answers: ReadonlyMap<string, number>; failures: readonly string[] }> } | null = null

const until = <T>(check: () => T | Promise<T>, timeout = 90_000): Promise<T> =>
  vi.waitFor(check, { timeout, interval: 200 })
const alive = (pid: number): boolean => isAlive({ pid, startTicks: null })

/** Requests without a pause, by two clients at once. */
function startLoad(address: string) {
  const answers = new Map<string, number>()
  const failures: string[] = []
  let going = true
  const client = async (): Promise<void> => {
    while (going) {
      try {
        const response = await fetch(address)
        const text = await response.text()
        const key = response.ok ? (/version (\S+)/.exec(text)?.[1] ?? '?') : `status ${response.status}`
        answers.set(key, (answers.get(key) ?? 0) + 1)
      } catch (error) {
        failures.push(String((error as Error).cause ?? error))
      }
      await sleep(10)
    }
  }
  const all = Promise.all([client(), client()])
  return {
    async stop() {
      going = false
      await all
      return { answers, failures }
    },
  }
}

const secondPort = (): number => Number(new URL(between.url).port)
const target = (): EnvironmentInput['target'] => ({
  ...{ kind: 'ssh', folder: places, ports: { from: 21_000, to: 21_099 } },
  hosts: [
    { address: '127.0.0.1', port: sshd.port, user: sshd.user, hostKey: sshd.hostKey },
    { address: '127.0.0.1', port: secondPort(), user: second.user, hostKey: second.hostKey },
  ],
})
const input = (change: Partial<EnvironmentInput> = {}): EnvironmentInput => ({
  ...{ name: environment, description: '', region: '', owners: [], target: target(), freezeCalendar: '' },
  ...{ layers: [{ name: 'base', values: { GREETING: "it's $HOME" } }], requiredApprovals: 0, expiresAt: null },
  ...change,
})
const configure = async (greeting: string): Promise<void> => {
  const { revision } = await trial.api.environments.get({ name: environment })
  const layers = [{ name: 'base', values: { GREETING: greeting } }]
  await trial.api.environments.update({ ...input({ layers }), revision })
}
const release = (version: string, behaviour: Behaviour = {}) =>
  trial.api.rollouts.addRelease({
    ...{ service, version, folder: buildSubject(folder, version, behaviour), notes: '' },
  })
const canary: Strategy = {
  ...{ kind: 'canary', sticky: { kind: 'none' }, mirrorPercent: 0, header: null },
  steps: [{ weight: 50, pause: { kind: 'time', seconds: 0 }, analyse: true }],
}
const start = (version: string, strategy: Strategy = { kind: 'immutable' }) =>
  trial.api.rollouts.start({
    ...{ environment, service, version, strategy },
    analysis: strategy.kind === 'canary' ? errorAnalysis : { ...errorAnalysis, metrics: [] },
  })
const ends = async (id: string, state: RolloutState): Promise<void> => {
  const ended = await until(async () => {
    const rollout = await trial.api.rollouts.get({ id })
    expect(rollout.endedAt).not.toBeNull()
    return rollout
  })
  expect(ended.state, ended.events.map(({ text }) => text).join(' / ')).toBe(state)
}
const address = async (): Promise<string> => {
  const found = (await trial.api.rollouts.services({})).find(({ name }) => name === service)
  return found?.placements.find((each) => each.environment === environment)?.address ?? ''
}
const ask = async (): Promise<string> => (await fetch(await address())).text()
const health = async () => (await trial.api.environments.get({ name: environment })).health
const current = (): string => readlinkSync(join(places, environment, service, 'current'))
const digestOf = async (version: string): Promise<string> =>
  (await trial.api.rollouts.releases({ service })).find((each) => each.version === version)?.digest ?? ''

describe('rollouts to hosts over SSH', () => {
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true })
    sshd = await startSshd()
    second = await startSshd({ authorized: sshd })
    between = await startProxy(`http://127.0.0.1:${second.port}`)
    trial = await startTrial(join(folder, 'data'))
    await trial.api.access.createVault({ passphrase })
    await trial.api.rollouts.saveService({ ...subjectService(service), revision: null })
  }, 60_000)
  afterEach(async () => {
    await load?.stop()
    load = null
  })
  afterAll(async () => {
    endServicesIn(places)
    await trial?.close()
    endAgent(join(folder, 'data'))
    await sshd?.stop()
    await second?.stop()
    await between?.[Symbol.asyncDispose]()
    removeFolder(folder)
  })

  it('need a key that the host was confirmed to have, and a private key that is one', async () => {
    const { fingerprint } = await trial.api.environments.hostKey({ address: '127.0.0.1', port: sshd.port })
    expect(fingerprint).toBe(sshd.hostKey)
    const created = await trial.api.environments.create(input())
    expect(created.sshKey).toBe(false)
    expect(created.health.hosts).toMatchObject([{ reachable: false }, { reachable: false }])
    expect(created.health.reasons).toContain('No private key is set for the hosts of staging. Set it under Secrets.')
    await expect(
      trial.api.environments.setSshKey({ name: environment, privateKey: 'no key', passphrase: '' }),
    ).rejects.toMatchObject({ code: 'invalid', at: 'privateKey' })
    expect((await trial.api.environments.get({ name: environment })).sshKey).toBe(false)
    await release('1.0.0')
    await expect(start('1.0.0')).rejects.toMatchObject({
      ...{ code: 'conflict', message: 'No private key is set for the hosts of staging. Set it under Secrets.' },
    })
    const set = await trial.api.environments.setSshKey({
      ...{ name: environment, privateKey: sshd.privateKey, passphrase: '' },
    })
    expect(set.sshKey).toBe(true)
    await until(async () =>
      expect((await health()).hosts).toEqual(
        [sshd.port, secondPort()].map((port) => ({
          ...{ host: `127.0.0.1:${port}`, reachable: true },
          says: 'Services run under a supervisor of this application, since systemd does not run there for this user.',
        })),
      ),
    )
  })

  it('serve the first version from both hosts, its configuration as it is, its secrets for nobody else', async () => {
    await trial.api.environments.setSecret({ name: environment, secret: 'TOKEN', value: 's3cret-of-staging' })
    const { id } = await start('1.0.0')
    await ends(id, 'succeeded')
    expect(await ask()).toBe("version 1.0.0 greeting it's $HOME\n")
    expect(readdirSync(instances).toSorted()).toEqual(['1.0.0#0', '1.0.0#1'])
    const secrets = join(instances, '1.0.0#0', 'environment')
    expect(readFileSync(secrets, 'utf8')).toContain('s3cret-of-staging')
    expect(statSync(secrets).mode & 0o777).toBe(0o600)
    expect(filesWith(join(folder, 'data'), 's3cret-of-staging')).toEqual([])
    const [, , line = ''] = sshd.privateKey.split('\n')
    expect(filesWith(join(folder, 'data'), line)).toEqual([])
    expect(current()).toBe(`releases/${await digestOf('1.0.0')}`)
    expect(await health()).toMatchObject({ status: 'healthy', services: [{ service, ready: 2, desired: 2 }] })
    const written = await trial.api.rollouts.output({ environment, service, version: '1.0.0' })
    expect(written.map(({ instance, text }) => [instance, text])).toEqual([
      [0, '1.0.0 listens\n'],
      [1, '1.0.0 listens\n'],
    ])
    const log = `${sshd.log()}${second.log()}`
    expect(log).not.toContain('s3cret-of-staging')
  }, 120_000)

  it('promote a canary that answers well, without one failed request', async () => {
    await configure('changed')
    await release('1.1.0')
    load = startLoad(await address())
    const { id } = await start('1.1.0', canary)
    await ends(id, 'succeeded')
    const { answers, failures } = await load.stop()
    expect(failures).toEqual([])
    expect([...answers.keys()].toSorted()).toEqual(['1.0.0', '1.1.0'])
    expect(await ask()).toBe('version 1.1.0 greeting changed\n')
    expect(current()).toBe(`releases/${await digestOf('1.1.0')}`)
    expect(readdirSync(instances).toSorted()).toEqual(['1.1.0#0', '1.1.0#1'])
  }, 120_000)

  it('bring the version before back from what is kept of it', async () => {
    load = startLoad(await address())
    const { id } = await trial.api.rollouts.rollBack({ environment, service, reason: 'It forgets orders.' })
    await ends(id, 'succeeded')
    expect((await load.stop()).failures).toEqual([])
    expect(await ask(), 'with the configuration that it had').toBe("version 1.0.0 greeting it's $HOME\n")
    expect(current()).toBe(`releases/${await digestOf('1.0.0')}`)
  }, 120_000)

  it('roll a canary back by themselves that fails one request in twenty', async () => {
    await release('1.2.0', { failEvery: 20 })
    load = startLoad(await address())
    const { id } = await start('1.2.0', canary)
    await ends(id, 'rolled-back')
    expect((await load.stop()).failures).toEqual([])
    expect(await ask()).toContain('1.0.0')
    expect(current()).toBe(`releases/${await digestOf('1.0.0')}`)
    expect(readdirSync(instances).toSorted()).toEqual(['1.0.0#0', '1.0.0#1'])
  }, 120_000)

  it('say why a version that ends at once does not run', async () => {
    await release('1.3.0', { exitAfterMs: 1 })
    const { id } = await start('1.3.0')
    await ends(id, 'rolled-back')
    const { events } = await trial.api.rollouts.get({ id })
    expect(events.find(({ kind }) => kind === 'rollback')?.text).toMatch(
      /^Instance \d of 1\.3\.0 ended by itself \(exit code 1\)/,
    )
  }, 120_000)

  it('start an instance again that was killed on its host', async () => {
    const before = programsIn(places)
    const [killed = 0] = before
    process.kill(killed, 'SIGKILL')
    await until(() => {
      const now = programsIn(places)
      expect(now).toHaveLength(2)
      expect(now).not.toContain(killed)
      expect(now.every(alive)).toBe(true)
    })
    await until(async () => expect(await health()).toMatchObject({ status: 'healthy' }))
  }, 120_000)

  it('take up an instance whose supervisor was killed, which goes on meanwhile', async () => {
    const [program = 0] = programsIn(places)
    const holder = Number(readFileSync(join(instances, '1.0.0#0', 'holder'), 'utf8'))
    process.kill(holder, 'SIGKILL')
    await until(() => {
      const now = Number(readFileSync(join(instances, '1.0.0#0', 'holder'), 'utf8'))
      expect(now).not.toBe(holder)
      expect(alive(now)).toBe(true)
    })
    await until(async () => expect(await health()).toMatchObject({ status: 'healthy' }))
    const answers = new Set(await Promise.all(Array.from({ length: 8 }, ask)))
    expect([...answers], 'as the other instance was started').toEqual(["version 1.0.0 greeting it's $HOME\n"])
    expect(alive(program) || !programsIn(places).includes(program)).toBe(true)
  }, 120_000)

  it('go on while the application is away, and are found again by it', async () => {
    load = startLoad(await address())
    const before = programsIn(places)
    await trial.close()
    await sleep(500)
    trial = await startTrial(join(folder, 'data'))
    await sleep(1_000)
    await trial.api.access.unlockVault({ passphrase })
    await until(async () => expect(await health()).toMatchObject({ status: 'healthy' }))
    const { failures, answers } = await load.stop()
    expect(failures).toEqual([])
    expect([...answers.keys()]).toEqual(['1.0.0'])
    expect(programsIn(places)).toEqual(before)
  }, 120_000)

  it('say that a host cannot be reached, still serve from it, and are well again with it', async () => {
    await between.cut()
    await until(async () => expect(await health()).toMatchObject({ status: 'degraded' }))
    const { reasons, hosts, services } = await health()
    expect(reasons).toEqual([expect.stringContaining(`${service}: 127.0.0.1:${secondPort()} `)])
    expect(hosts.map(({ reachable }) => reachable)).toEqual([true, false])
    expect(services).toMatchObject([{ ready: 2, desired: 2 }])
    expect(await ask()).toContain('1.0.0')
    await between.restore()
    await until(async () => expect(await health()).toMatchObject({ status: 'healthy', reasons: [] }))
  }, 120_000)

  it('go back while a host is away, and are well again with it', async () => {
    await release('1.4.0')
    const { id } = await start('1.4.0', { kind: 'blue-green', approve: true, analyse: false, keepWarmSeconds: 0 })
    await until(async () => expect((await trial.api.rollouts.get({ id })).state).toBe('paused'))
    load = startLoad(await address())
    await between.cut()
    await trial.api.rollouts.abort({ id, reason: 'Not today.' })
    await ends(id, 'rolled-back')
    const { events } = await trial.api.rollouts.get({ id })
    expect(events.filter(({ kind }) => kind === 'problem').map(({ text }) => text)).toEqual([
      expect.stringMatching(/accepts no connection/),
      expect.stringMatching(/^1\.4\.0 could not be ended everywhere, and will be: /),
    ])
    await between.restore()
    await until(async () => expect(await health()).toMatchObject({ status: 'healthy' }))
    await until(() => expect(readdirSync(instances).toSorted()).toEqual(['1.0.0#0', '1.0.0#1']))
    const { answers, failures } = await load.stop()
    expect([failures, [...answers.keys()]]).toEqual([[], ['1.0.0']])
  }, 120_000)

  it('send nothing to a host that shows another key', async () => {
    const { fingerprint } = makeKey(join(folder, 'stranger'))
    const { revision, ...stored } = await trial.api.environments.get({ name: environment })
    const hosts = stored.target.kind === 'ssh' ? stored.target.hosts : []
    const changed = hosts.map((host) => ({ ...host, hostKey: fingerprint }))
    const kept = input({ target: { ...target(), hosts: changed } as EnvironmentInput['target'] })
    const updated = await trial.api.environments.update({ ...kept, revision })
    await until(async () =>
      expect((await health()).reasons.join(' ')).toContain(`Expected ${fingerprint}, found ${sshd.hostKey}.`),
    )
    await trial.api.environments.update({ ...input(), revision: updated.revision })
    await until(async () => expect(await health()).toMatchObject({ status: 'healthy' }))
  }, 120_000)

  it('keep an environment where it is while something runs there', async () => {
    const { revision } = await trial.api.environments.get({ name: environment })
    await expect(
      trial.api.environments.update({ ...input({ target: { kind: 'machine' } }), revision }),
    ).rejects.toMatchObject({
      ...{ code: 'conflict', at: 'target' },
      message: 'staging cannot move: checkout would be left where it runs now.',
    })
  })

  it('are not begun to be removed while a host is away; what runs there can be left, which is on record', async () => {
    const spare = 'spare'
    const others = programsIn(places)
    const [, host] = target().kind === 'ssh' ? (target() as { hosts: readonly unknown[] }).hosts : []
    await trial.api.environments.create(
      input({ name: spare, target: { ...target(), hosts: [host], ports: { from: 21_200, to: 21_220 } } as never }),
    )
    await trial.api.environments.setSshKey({ name: spare, privateKey: sshd.privateKey, passphrase: '' })
    const { id } = await trial.api.rollouts.start({
      ...{ environment: spare, service, version: '1.0.0', strategy: { kind: 'immutable' } },
      analysis: { ...errorAnalysis, metrics: [] },
    })
    await ends(id, 'succeeded')
    const healthOfSpare = async () => (await trial.api.environments.get({ name: spare })).health
    const place = (await healthOfSpare()).services[0]?.address ?? ''
    const programs = programsIn(places).filter((pid) => !others.includes(pid))
    expect(programs).toHaveLength(2)
    await between.cut()
    await until(async () => expect((await healthOfSpare()).hosts).toMatchObject([{ reachable: false }]))
    await expect(trial.api.environments.remove({ name: spare })).rejects.toMatchObject({
      ...{ code: 'unreachable', message: expect.stringContaining('nothing in it was changed') },
    })
    expect(await (await fetch(place)).text()).toContain('version 1.0.0')
    expect((await healthOfSpare()).services).toMatchObject([{ desired: 2 }])
    expect(await trial.api.environments.remove({ name: spare, leaveHosts: true })).toEqual({ removed: true })
    await expect(trial.api.environments.get({ name: spare })).rejects.toMatchObject({ code: 'not_found' })
    await expect(fetch(place)).rejects.toThrow()
    expect(programs.filter(alive)).toEqual(programs)
    const { entries } = await trial.api.audit.list({ operation: 'environments.remove' })
    expect(entries[0]).toMatchObject({
      ...{ outcome: 'succeeded', after: { removed: true, leftRunningOn: [`127.0.0.1:${secondPort()}`] } },
    })
    expect(entries[1]).toMatchObject({ outcome: 'failed' })
    await between.restore()
    await until(async () => expect(await health()).toMatchObject({ status: 'healthy' }))
    const left = join(places, spare, service, 'instances')
    const holders = readdirSync(left).map((name) => Number(readFileSync(join(left, name, 'holder'), 'utf8')))
    for (const pid of [...holders, ...programs.map((program) => -program)]) process.kill(pid, 'SIGKILL')
    removeFolder(join(places, spare))
  }, 180_000)

  it('leave nothing running, and nothing of it on the hosts, when it is stopped', async () => {
    const programs = programsIn(places)
    expect(programs).toHaveLength(2)
    const holders = readdirSync(instances).map((name) => Number(readFileSync(join(instances, name, 'holder'), 'utf8')))
    expect(await trial.api.rollouts.decommission({ environment, service })).toEqual({ stopped: 2 })
    await until(() => expect([...programs, ...holders].filter(alive)).toEqual([]))
    expect(existsSync(join(places, environment, service))).toBe(false)
    expect(trial.faults()).toEqual([])
  }, 120_000)

  it('are cut off by a host that hangs for no longer than a moment', async () => {
    await using proxy = await startProxy(`http://127.0.0.1:${sshd.port}`)
    await proxy.stall()
    const { revision } = await trial.api.environments.get({ name: environment })
    const hosts = [
      { address: '127.0.0.1', port: Number(new URL(proxy.url).port), user: sshd.user, hostKey: sshd.hostKey },
    ]
    await trial.api.environments.update({
      ...input({ target: { ...target(), hosts } as EnvironmentInput['target'] }),
      revision,
    })
    const began = performance.now()
    expect((await health()).hosts).toMatchObject([{ reachable: false }])
    expect(performance.now() - began).toBeLessThan(8_000)
  }, 60_000)
})
