import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { available, temporaryDirectory } from '#e2e/app/peers/peer.ts'
import { endServicesIn, programsIn, startSshd } from '#e2e/app/peers/sshd.ts'
import { buildSubject } from '#e2e/app/peers/subject.ts'
import { isAlive } from '#main/engines/supervisor/identity.ts'
import type { Target, Workload, WorkloadName } from '../engine.ts'
import { type Fleet, openFleet } from '../hosts/fleet.ts'
import { openMemory } from '../hosts/memory.ts'
import { hostScript } from '../hosts/script.trial.ts'
import { sshTarget } from './ssh.ts'

const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 40_000, interval: 200 })
const signal = new AbortController().signal
const name = { environment: 'staging', service: 'checkout' }

/** A target of one host, which is this machine. */
async function startTarget(options: Parameters<typeof startSshd>[0] = {}) {
  const folder = await temporaryDirectory('target')
  const sshd = await startSshd(options)
  const { port, user, hostKey, privateKey } = sshd
  const fleet = openFleet({
    script: hostScript,
    access: async () => ({
      ...{ hosts: [{ address: '127.0.0.1', port, user, hostKey }], folder: join(folder, 'host') },
      ...{ ports: { from: 22_000, to: 22_002 }, key: async () => ({ privateKey, passphrase: '' }) },
    }),
  })
  const healthPath = async ({ version }: WorkloadName) => (version === '1.2.0' ? '/' : '/healthz')
  const target = sshTarget({ fleet, memory: openMemory(join(folder, 'memory')), healthPath })
  const close = async (): Promise<void> => {
    endServicesIn(join(folder, 'host'))
    fleet.close()
    await sshd.stop()
    await rm(folder, { recursive: true, force: true })
  }
  const workload = (version: string, change: Partial<Workload> = {}): Workload => ({
    ...{ ...name, version, command: [process.execPath, 'server.mjs'], digest: version.replaceAll('.', 'a') },
    ...{ folder: buildSubject(folder, version), env: {}, secretEnv: {}, healthPath: '/healthz', stopGraceSeconds: 2 },
    ...{ memoryMegabytes: null, cpuPercent: null, ...change },
  })
  return { folder, host: join(folder, 'host'), sshd, fleet, target, workload, close }
}

const readyOf = async (target: Target, version: string): Promise<number> =>
  (await target.observe({ ...name, version })).filter(({ ready }) => ready).length

describe('a host as a target', () => {
  let place: Awaited<ReturnType<typeof startTarget>>
  beforeAll(async () => {
    place = await startTarget()
  })
  afterAll(() => place?.close())

  it('does what it is asked twice only once', async () => {
    const { target, workload, host } = place
    await target.scale(workload('1.0.0'), 2, signal)
    await until(async () => expect(await readyOf(target, '1.0.0')).toBe(2))
    const programs = programsIn(host)
    await target.scale(workload('1.0.0'), 2, signal)
    expect(programsIn(host)).toEqual(programs)
  })

  it('asks each version at the path that it has', async () => {
    const { target, workload, folder } = place
    await target.scale(workload('1.0.0'), 1, signal)
    const failing = buildSubject(join(folder, 'failing'), '1.2.0', { failEvery: 1 })
    await target.scale(workload('1.2.0', { folder: failing }), 1, signal)
    await until(async () =>
      expect(await target.observe({ ...name, version: '1.2.0' })).toMatchObject([
        { ready: false, reason: expect.stringContaining('500') },
      ]),
    )
    expect(await readyOf(target, '1.0.0')).toBe(1)
    await target.remove({ ...name, version: '1.2.0' })
    await target.scale(workload('1.0.0'), 2, signal)
  })

  it('says that no port is free, and starts nothing then', async () => {
    const { target, workload, host } = place
    await expect(target.scale(workload('1.1.0'), 2, signal)).rejects.toMatchObject({
      ...{ code: 'conflict', message: '127.0.0.1 has no free port between 22000 and 22002.' },
    })
    await target.remove({ ...name, version: '1.1.0' })
    expect(programsIn(host)).toHaveLength(2)
  })

  it('kills what ignores the signal to end, and says so', async () => {
    const { target, workload, folder, host } = place
    await target.scale(workload('1.0.0'), 0, signal)
    const deaf = join(folder, 'deaf')
    mkdirSync(deaf)
    const script =
      "process.on('SIGTERM', () => {}); require('http').createServer((q, s) => s.end()).listen(process.env.PORT)"
    writeFileSync(join(deaf, 'deaf.cjs'), script)
    await target.scale(workload('2.0.0', { folder: deaf, command: [process.execPath, 'deaf.cjs'] }), 1, signal)
    await until(async () => expect(await readyOf(target, '2.0.0')).toBe(1))
    const [program = 0] = programsIn(host)
    expect(await target.remove({ ...name, version: '2.0.0' })).toEqual([
      'Instance 0 of 2.0.0 ignored SIGTERM for 2 s and was killed.',
    ])
    expect(isAlive({ pid: program, startTicks: null })).toBe(false)
  })

  it('leaves a program alone that ends at once again and again, and says what it said last', async () => {
    const { target, workload, folder } = place
    const broken = join(folder, 'broken')
    mkdirSync(broken)
    writeFileSync(join(broken, 'run'), 'x')
    const command = ['sh', '-c', 'echo "no such database: it\'s \u001b[31mgone" >&2; exit 7']
    await target.scale(workload('3.0.0', { folder: broken, command }), 1, signal)
    await until(async () =>
      expect(await target.observe({ ...name, version: '3.0.0' })).toMatchObject([
        { hopeless: true, ready: false, endpoint: null, abandoned: false },
      ]),
    )
    const [instance] = await target.observe({ ...name, version: '3.0.0' })
    expect(instance?.reason).toBe(
      "It ended more than five times within a minute, so it is left alone. It ended with code 7. Its last words: no such database: it's [31mgone",
    )
    await target.remove({ ...name, version: '3.0.0' })
  }, 60_000)

  it('keeps the releases that were used last, and ends what else is left', async () => {
    const { target, workload, host } = place
    for (let n = 1; n <= 7; n++) {
      await target.scale(workload(`4.0.${n}`), 1, signal)
      if (n < 7) await target.remove({ ...name, version: `4.0.${n}` })
    }
    const kept = readdirSync(join(host, name.environment, name.service, 'releases')).toSorted()
    expect(kept, 'five beside the one that runs').toEqual([2, 3, 4, 5, 6, 7].map((n) => `4a0a${n}`))
    await target.sweep(name, ['5.0.0'])
    expect(programsIn(host)).toEqual([])
    await target.forget(name)
    expect(existsSync(join(host, name.environment, name.service))).toBe(false)
  }, 60_000)

  it('is prepared again when its folder was removed', async () => {
    const { target, workload, host } = place
    await rm(host, { recursive: true })
    await expect(target.scale(workload('6.0.0'), 1, signal)).rejects.toMatchObject({ code: 'unreachable' })
    await target.scale(workload('6.0.0'), 1, signal)
    await until(async () => expect(await readyOf(target, '6.0.0')).toBe(1))
    await target.remove({ ...name, version: '6.0.0' })
  })
})

const hasSystemd = process.getuid?.() === 0 && existsSync('/lib/systemd/systemd') && available('unshare')

describe.runIf(hasSystemd)('a host where systemd runs for the user', () => {
  let place: Awaited<ReturnType<typeof startTarget>>
  let fleet: Fleet
  beforeAll(async () => {
    place = await startTarget({ systemd: true })
    fleet = place.fleet
  })
  afterAll(() => place?.close())

  /** What systemd says of the one unit that there is. */
  const tell = async (property: string): Promise<string> => {
    const [host] = await fleet.hosts(name.environment)
    const script = 'systemctl --user show -p "$1" --value "framework0-*.service"'
    return (await host?.ssh.run(script, { args: [property] }))?.output.trim() ?? ''
  }

  it('has it hold the services, with their limits', async () => {
    const [host] = await fleet.hosts(name.environment)
    await until(async () =>
      expect(await host?.ssh.run('systemctl --user is-system-running')).toMatchObject({ code: 0 }),
    )
    expect(await host?.holder()).toEqual({ kind: 'systemd' })
    const { target, workload } = place
    await target.scale(workload('1.0.0', { memoryMegabytes: 256, cpuPercent: 50 }), 1, signal)
    await until(async () => expect(await readyOf(target, '1.0.0')).toBe(1))
    expect(await tell('MemoryMax')).toBe(String(256 * 1_048_576))
    expect(await tell('CPUQuotaPerSecUSec')).toBe('500ms')
    expect(await tell('UnitFileState')).toBe('enabled')
    expect((await target.output({ ...name, version: '1.0.0' }))[0]?.text).toBe('1.0.0 listens\n')
  }, 60_000)

  it('has it start again what was killed, and end what is removed', async () => {
    const { target, workload } = place
    const [host] = await fleet.hosts(name.environment)
    await host?.ssh.run('systemctl --user kill -s KILL "framework0-*.service"')
    await until(async () =>
      expect(await target.observe({ ...name, version: '1.0.0' })).toMatchObject([{ ready: true, restarts: 1 }]),
    )
    await host?.ssh.run('systemctl --user stop "framework0-*.service"')
    expect(await target.observe({ ...name, version: '1.0.0' })).toMatchObject([{ ready: false, abandoned: true }])
    await target.scale(workload('1.0.0'), 1, signal)
    await until(async () => expect(await readyOf(target, '1.0.0')).toBe(1))
    expect(await target.remove({ ...name, version: '1.0.0' })).toEqual([])
    expect(await tell('ActiveState')).toBe('')
    const left = 'find "$XDG_CONFIG_HOME" -name "framework0-*"; pgrep -f "[s]erver.mjs"'
    expect(await host?.ssh.run(left)).toMatchObject({ output: '' })
  }, 60_000)

  it('tells of one that ends at once again and again', async () => {
    const { target, workload } = place
    await target.scale(workload('2.0.0', { command: ['sh', '-c', 'echo gone; exit 7'] }), 1, signal).catch(() => {})
    await until(async () =>
      expect(await target.observe({ ...name, version: '2.0.0' })).toMatchObject([{ hopeless: true, ready: false }]),
    )
    const [instance] = await target.observe({ ...name, version: '2.0.0' })
    expect(instance?.reason).toContain('It ended with code 7. Its last words: gone')
    await target.remove({ ...name, version: '2.0.0' })
  }, 60_000)
})
