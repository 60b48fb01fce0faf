import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { manualClock, systemClock } from '#main/kernel/clock.ts'
import { hostReading } from '#preload/observability/metrics.ts'
import { createHostCollector, type HostCollector } from './host-collector.ts'
import { createMetrics } from './metrics.ts'
import { type Sample, sample } from './sample.ts'

const rules = await readFile(new URL('../../../resources/rules/host.rules.yml', import.meta.url), 'utf8')
const { signal } = new AbortController()

describe('this machine', () => {
  it('is measured, stored, summed up and watched by the built-in rules without any configuration', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'metrics-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const path = join(directory, 'metrics.sqlite')
    const metrics = createMetrics({
      database: new Sqlite(path),
      clock: systemClock,
      rules,
      databases: { metrics: path },
    })
    onTestFinished(metrics.close)
    expect(metrics.latest()).toBeNull()
    await metrics.tick(signal)
    const busyUntil = performance.now() + 300
    while (performance.now() < busyUntil);
    await metrics.tick(signal)

    const reading = hostReading.parse(metrics.latest())
    expect(reading.cpuPercent).toBeGreaterThan(0)
    expect(reading.memory?.total).toBeGreaterThan(reading.memory?.available ?? Infinity)
    expect(reading.filesystems.length).toBeGreaterThan(0)
    expect(reading.application.databases[0]?.bytes).toBeGreaterThan(0)
    expect(metrics.instant('up', Date.now())).toMatchObject({ samples: [{ labels: { job: 'host' }, value: 1 }] })
    expect(metrics.store.seriesNames()).toEqual(
      expect.arrayContaining(['node_cpu_seconds_total', 'node_memory_MemTotal_bytes', 'process_resident_memory_bytes']),
    )
    expect(metrics.rules().filter((rule) => rule.error !== null)).toEqual([])
  })

  it('is asked for watched processes at once when they change', async () => {
    const collector = createHostCollector({ clock: systemClock })
    const watched = async () =>
      (await collector.collect(signal))
        .filter((each) => each.name === 'framework0_watched_process_up')
        .map((each) => each.labels.name)
    expect(await watched()).toEqual([])
    collector.watch({ processes: ['no-such-process-runs-here'], units: [] })
    expect(await watched()).toEqual(['no-such-process-runs-here'])
    expect(await watched()).toEqual([])
  })
})

function scripted(readings: readonly (readonly Sample[] | Error)[]) {
  const clock = manualClock()
  const left = [...readings]
  const collector: HostCollector = {
    watch: () => {},
    collect: async () => {
      const next = left.shift() ?? []
      if (next instanceof Error) throw next
      return next
    },
  }
  const metrics = createMetrics({ database: new Sqlite(':memory:'), clock, collector, rules })
  onTestFinished(metrics.close)
  return { clock, metrics }
}

describe('a collection that fails', () => {
  it('is stored as down, told, and makes its alert fire', async () => {
    const { clock, metrics } = scripted(Array.from({ length: 20 }, () => new Error('no /proc')))
    for (let tick = 0; tick < 20; tick++) {
      await expect(metrics.tick(signal)).rejects.toThrow('no /proc')
      clock.advance(5000)
    }
    expect(metrics.instant('up', clock.now())).toMatchObject({ samples: [{ value: 0 }] })
    expect(metrics.alerts().map(({ rule, state }) => [rule, state])).toEqual([['HostCollectorDown', 'firing']])
    expect(metrics.rules().find((rule) => rule.name === 'HostCollectorDown')).toMatchObject({
      group: 'application',
      severity: 'critical',
      forSeconds: 60,
      state: 'firing',
      active: 1,
      error: null,
    })
  })

  it('leaves no trace when it was cancelled', async () => {
    const { clock, metrics } = scripted([new Error('cancelled')])
    await expect(metrics.tick(AbortSignal.abort())).rejects.toThrow('cancelled')
    expect(metrics.instant('up', clock.now())).toMatchObject({ samples: [] })
    expect(metrics.latest()).toBeNull()
  })
})

describe('the reading for the first screen', () => {
  const network = (received: number) => [
    sample('node_network_receive_bytes_total', received, { device: 'eth0' }),
    sample('node_network_transmit_bytes_total', 2 * received, { device: 'eth0' }),
  ]
  const cpu = (user: number, idle: number, iowait: number) =>
    Object.entries({ user, idle, iowait }).map(([mode, seconds]) => sample('node_cpu_seconds_total', seconds, { mode }))

  it('says null for what is not measured, never zero', async () => {
    const { metrics } = scripted([[sample('node_time_seconds', 1)]])
    await metrics.tick(signal)
    expect(metrics.latest()).toMatchObject({
      cpuPercent: null,
      load: null,
      memory: null,
      swap: null,
      filesystems: [],
      network: [],
      disk: null,
      uptimeSeconds: null,
      application: { cpuPercent: null, eventLoopDelayP99Ms: null, databases: [] },
    })
  })

  it('computes rates from two readings, and none over a counter that was reset', async () => {
    const { clock, metrics } = scripted([
      [...network(1000), ...cpu(10, 100, 5)],
      [...network(6000), ...cpu(13, 106, 6)],
      [...network(10), ...cpu(14, 107, 6)],
    ])
    const rates = async () => {
      clock.advance(5000)
      await metrics.tick(signal)
      const reading = metrics.latest()
      return [reading?.cpuPercent, reading?.network[0]?.receivedPerSecond, reading?.network[0]?.sentPerSecond]
    }
    expect(await rates()).toEqual([null, null, null])
    expect(await rates()).toEqual([expect.closeTo(30), 1000, 2000])
    expect(await rates()).toEqual([expect.closeTo(50), null, null])
  })

  it('shows what is measured twice a minute in between, and forgets what is no longer measured', async () => {
    const size = sample('node_filesystem_size_bytes', 100, { mountpoint: '/usb' })
    const available = sample('node_filesystem_avail_bytes', 40, { mountpoint: '/usb' })
    const { clock, metrics } = scripted([[size, available], [sample('node_load1', 1)], [sample('node_load1', 1)]])
    await metrics.tick(signal)
    clock.advance(30_000)
    await metrics.tick(signal)
    expect(metrics.latest()?.filesystems).toMatchObject([{ mountpoint: '/usb', size: 100, available: 40 }])
    clock.advance(70_000)
    await metrics.tick(signal)
    expect(metrics.latest()?.filesystems).toEqual([])
  })
})
