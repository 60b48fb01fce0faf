import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import Sqlite from 'better-sqlite3'
import { expect, it } from 'vitest'
import { matchesAll } from '../matcher.ts'
import { parsePromql } from '../promql/parse.ts'
import { createPromql, type SampleSource } from '../promql/promql.ts'
import { type Labels, metricName } from '../sample.ts'
import type { SeriesSamples } from '../store.ts'
import { createAlertStore } from './alert-store.ts'
import { createRules, type RuleAlert } from './rules.ts'

const rulesPath = fileURLToPath(new URL('../../../../resources/rules/host.rules.yml', import.meta.url))
const rulesText = await readFile(rulesPath, 'utf8')

/** A time series in promtool's notation: `10+2x5` is 10 12 14 16 18 20, `3x4` is 3 five times, `_x9` is nine without a sample. */
type Scenario = {
  readonly name: string
  /** Seconds between the samples. */
  readonly every: number
  readonly series: Readonly<Record<string, string>>
  /** Minutes after the start, and the alerts that fire then, exactly. */
  readonly firing: Readonly<Record<number, readonly string[]>>
}

const running = { 'up{job="host"}': '1x720' }
const disk = '{device="/dev/vda",fstype="ext4",mountpoint="/"}'

const scenarios: readonly Scenario[] = [
  {
    name: 'a disk that fills fires by its trend after two hours of history and half an hour, not on a new machine',
    every: 60,
    series: {
      ...running,
      // 35 GB left of 100, losing 2 GB an hour: empty in about 17 hours.
      [`node_filesystem_avail_bytes${disk}`]: '35000000000-33333333x300',
      [`node_filesystem_size_bytes${disk}`]: '100000000000x300',
      [`node_filesystem_readonly${disk}`]: '0x300',
    },
    firing: { 30: [], 119: [], 148: [], 155: ['HostDiskWillFill'], 290: ['HostDiskWillFill'] },
  },
  {
    name: 'a disk that fills slowly, is nearly empty, or is read-only does not fire by its trend',
    every: 60,
    series: {
      ...running,
      'node_filesystem_avail_bytes{mountpoint="/slow"}': '35000000000-1000000x300',
      'node_filesystem_size_bytes{mountpoint="/slow"}': '100000000000x300',
      'node_filesystem_avail_bytes{mountpoint="/roomy"}': '90000000000-66666666x300',
      'node_filesystem_size_bytes{mountpoint="/roomy"}': '100000000000x300',
      'node_filesystem_avail_bytes{mountpoint="/cdrom"}': '20000000000-33333333x300',
      'node_filesystem_size_bytes{mountpoint="/cdrom"}': '100000000000x300',
      'node_filesystem_readonly{mountpoint="/cdrom"}': '1x300',
    },
    firing: { 155: [], 290: [] },
  },
  {
    name: 'a nearly full disk warns, a full one is critical, and a large disk with much left is neither',
    every: 60,
    series: {
      ...running,
      'node_filesystem_avail_bytes{mountpoint="/"}': '9000000000x20 2000000000x10 50000000000x10',
      'node_filesystem_size_bytes{mountpoint="/"}': '100000000000x45',
      'node_filesystem_avail_bytes{mountpoint="/archive"}': '900000000000x45',
      'node_filesystem_size_bytes{mountpoint="/archive"}': '10000000000000x45',
    },
    firing: { 4: [], 6: ['HostDiskNearlyFull'], 25: ['HostDiskFull', 'HostDiskNearlyFull'], 35: [] },
  },
  {
    name: 'a disk without idle time fires after fifteen minutes, a busy one does not',
    every: 60,
    series: {
      ...running,
      'node_disk_io_time_seconds_total{device="vda"}': '0+60x40',
      'node_disk_io_time_seconds_total{device="vdb"}': '0+40x40',
    },
    firing: { 15: [], 20: ['HostDiskSaturated'] },
  },
  {
    name: 'memory that stays low fires after five minutes and ends when it is back',
    every: 60,
    series: {
      ...running,
      node_memory_MemAvailable_bytes: '900000000x10 8000000000x10',
      node_memory_MemTotal_bytes: '16000000000x20',
    },
    firing: { 4: [], 6: ['HostMemoryLow'], 13: [] },
  },
  {
    name: 'stalls for want of memory fire, a little waiting does not',
    every: 60,
    series: { ...running, node_pressure_memory_stalled_seconds_total: '0+1x10 10+12x15' },
    firing: { 10: [], 18: ['HostMemoryPressure'] },
  },
  {
    name: 'swapping in and out at once is thrashing, swapping out alone is not',
    every: 60,
    series: {
      ...running,
      node_vmstat_pswpin: '0x20 0+30000x20',
      node_vmstat_pswpout: '0+30000x41',
    },
    firing: { 15: [], 35: ['HostSwapThrashing'] },
  },
  {
    name: 'a process ended by the kernel fires at once and for ten minutes',
    every: 60,
    series: { ...running, node_vmstat_oom_kill: '3x9 4x30' },
    firing: { 9: [], 11: ['HostOutOfMemoryKill'], 25: [] },
  },
  {
    name: 'processors without idle time fire after fifteen minutes; waiting for a disk is not computing',
    every: 60,
    series: {
      ...running,
      'node_cpu_seconds_total{mode="user"}': '0+10x20 210+115x30',
      'node_cpu_seconds_total{mode="iowait"}': '0+110x20 2205+0x30',
      'node_cpu_seconds_total{mode="idle"}': '0x20 5+5x30',
    },
    firing: { 20: [], 34: [], 45: ['HostCpuSaturated'] },
  },
  {
    name: 'a load of more than two per processor fires after fifteen minutes',
    every: 60,
    series: { ...running, node_load5: '7x20 9x20', machine_cpu_cores: '4x41' },
    firing: { 20: [], 30: [], 38: ['HostLoadHigh'] },
  },
  {
    name: 'a clock that is set, forwards or back, fires for five minutes; drift does not',
    every: 60,
    series: { ...running, framework0_clock_jump_seconds: '0.01x10 3600 0.01x10 -30 0.01x10' },
    firing: { 9: [], 12: ['HostClockJumped'], 19: [], 23: ['HostClockJumped'], 30: [] },
  },
  {
    name: 'a failed unit fires after a minute and ends with its restart',
    every: 60,
    series: {
      ...running,
      'node_systemd_unit_state{name="nginx.service",state="failed"}': '0x5 1x5 0x10',
      'node_systemd_unit_state{name="cron.service",state="failed"}': '0x20',
    },
    firing: { 5: [], 8: ['HostSystemdUnitFailed'], 13: [] },
  },
  {
    name: 'a watched process that is gone fires after a minute',
    every: 60,
    series: {
      ...running,
      'framework0_watched_process_up{name="postgres"}': '1x5 0x5 1x10',
      'framework0_watched_process_up{name="sshd"}': '1x20',
    },
    firing: { 5: [], 8: ['HostWatchedProcessGone'], 13: [] },
  },
  {
    name: 'an event loop that lags for two minutes fires, one bad reading does not',
    every: 60,
    series: { ...running, nodejs_eventloop_delay_p99_seconds: '0.012x5 1.5 0.012x5 0.4x10' },
    firing: { 6: [], 12: [], 15: ['ApplicationEventLoopDelayed'] },
  },
  {
    name: 'a database that grows by gigabytes a day fires, the first hours of a new one do not',
    every: 60,
    series: {
      ...running,
      // 3 GiB a day is about 2.2 MB a minute.
      'framework0_database_bytes{name="metrics"}': '50000000+2236962x240',
      'framework0_database_bytes{name="workspace"}': '50000000+10000x240',
    },
    firing: { 100: [], 140: [], 160: ['ApplicationDatabaseGrowing'] },
  },
  {
    name: 'a collector that fails fires after a minute, and so does one that never ran',
    every: 60,
    series: { 'up{job="host"}': '1x5 0x5 1x10 _x20' },
    firing: { 5: [], 8: ['HostCollectorDown'], 12: [], 24: [], 26: ['HostCollectorDown'], 40: ['HostCollectorDown'] },
  },
  {
    name: 'six minutes without readings are told as a gap, steady readings are not',
    every: 5,
    series: { 'up{job="host"}': '1x300 _x74 1x300' },
    firing: { 22: [], 33: ['HostCollectorGap'], 45: [] },
  },
]

it.each(scenarios)('$name', (scenario) => {
  const observed = observe(scenario)
  for (const [minute, names] of Object.entries(scenario.firing))
    expect([minute, namesOf(observed.get(Number(minute)) ?? [])]).toEqual([minute, names])
})

it('has a scenario in which each rule fires', () => {
  const fired = new Set(scenarios.flatMap((scenario) => Object.values(scenario.firing).flat()))
  expect([...fired].sort()).toEqual([...rulesText.matchAll(/- alert: (\w+)/g)].map(([, name]) => name).sort())
})

it('gives every rule a severity, a summary, a description and a runbook without a template error', () => {
  for (const alerts of scenarios.flatMap((scenario) => [...observe(scenario).values()])) {
    for (const { labels, annotations } of alerts) {
      expect(labels.severity).toMatch(/^(info|warning|critical)$/)
      expect(Object.keys(annotations).sort()).toEqual(['description', 'runbook', 'summary'])
      expect(JSON.stringify(annotations)).not.toMatch(/error expanding|\{\{/)
    }
  }
})

it('fires the same alerts with the same labels and annotations as Prometheus does (promtool test rules)', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'host-rules-'))
  try {
    const tests = scenarios.map((scenario) => promtoolTest(scenario))
    const file = join(directory, 'test.yml')
    // JSON is YAML.
    await writeFile(file, JSON.stringify({ rule_files: [rulesPath], evaluation_interval: '1m', tests }))
    const { stdout } = await promisify(execFile)('promtool', ['test', 'rules', file])
    expect(stdout).toContain('SUCCESS')
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

/** Evaluates the built-in rules once a minute, and returns the firing alerts of the minutes that the scenario names. */
function observe(scenario: Scenario): ReadonlyMap<number, readonly RuleAlert[]> {
  const rules = createRules(rulesText, createPromql(sourceOf(scenario)), createAlertStore(new Sqlite(':memory:')))
  const minutes = Object.keys(scenario.firing).map(Number)
  const observed = new Map<number, readonly RuleAlert[]>()
  for (let minute = 0; minute <= Math.max(...minutes); minute++) {
    rules.evaluate(minute * 60_000)
    if (minutes.includes(minute))
      observed.set(
        minute,
        rules.alerts().filter((alert) => alert.state === 'firing'),
      )
  }
  for (const status of rules.status()) expect([status.rule, status.health]).toEqual([status.rule, 'ok'])
  return observed
}

const namesOf = (alerts: readonly RuleAlert[]): readonly string[] => alerts.map((alert) => alert.rule).sort()

function sourceOf({ every, series }: Scenario): SampleSource {
  const all: readonly SeriesSamples[] = Object.entries(series).map(([name, notation]) => {
    const points = expand(notation).flatMap((value, index) =>
      value === null ? [] : [[index * every * 1000, value] as const],
    )
    return { labels: labelsOf(name), at: points.map(([at]) => at), values: points.map(([, value]) => value) }
  })
  return {
    history: (matchers, fromMs, toMs) =>
      all
        .filter((each) => matchesAll(matchers, each.labels))
        .map(({ labels, at, values }) => {
          const kept = at.flatMap((time, index) => (time >= fromMs && time <= toMs ? [index] : []))
          return { labels, at: kept.map((index) => at[index] ?? 0), values: kept.map((index) => values[index] ?? 0) }
        })
        .filter((each) => each.at.length > 0),
  }
}

function labelsOf(series: string): Labels {
  const expr = parsePromql(series)
  if (expr.kind !== 'selector') throw new Error(`${series} is no series`)
  return Object.fromEntries(expr.matchers.map(({ name, value }) => [name, value]))
}

function expand(notation: string): readonly (number | null)[] {
  return notation.split(' ').flatMap((part) => {
    const [, missing, start, step, times] = /^(?:(_)|(-?[\d.]+?)([+-][\d.]+)?)(?:x(\d+))?$/.exec(part) ?? []
    if (missing !== undefined) return Array.from({ length: Number(times ?? 1) }, () => null)
    if (start === undefined) throw new Error(`${part} is not in promtool's notation`)
    return Array.from(
      { length: times === undefined ? 1 : Number(times) + 1 },
      (_, index) => Number(start) + index * Number(step ?? 0),
    )
  })
}

/** The scenario as promtool reads it, expecting what our engine said. Every rule is checked, whether it fires or not. */
function promtoolTest(scenario: Scenario): object {
  const observed = observe(scenario)
  const rules = [...rulesText.matchAll(/- alert: (\w+)/g)].map(([, name]) => name)
  return {
    interval: `${scenario.every}s`,
    input_series: Object.entries(scenario.series).map(([series, values]) => ({ series, values })),
    alert_rule_test: [...observed].flatMap(([minute, alerts]) =>
      rules.map((alertname) => ({
        eval_time: `${minute}m`,
        alertname,
        exp_alerts: alerts
          .filter((alert) => alert.rule === alertname)
          .map(({ labels: { alertname: _, [metricName]: __, ...labels }, annotations }) => ({
            exp_labels: labels,
            exp_annotations: annotations,
          })),
      })),
    ),
  }
}
