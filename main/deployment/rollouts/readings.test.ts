import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { available } from '#e2e/app/peers/peer.ts'
import { type PrometheusPeer, startPrometheus } from '#e2e/app/peers/prometheus.ts'
import { queryNumbers } from '#main/app/query-numbers.ts'
import { removeFolder, temporaryFolder } from '#main/app/trial.ts'
import type { Endpoint } from '#main/engines/http/endpoint.ts'
import { type Metric, metric } from '#preload/deployment/analysis.ts'
import type { Target, Traffic } from './engine.ts'
import { judge } from './judgement.ts'
import { type ReadingPorts, readMetric } from './readings.ts'

const folder = temporaryFolder('readings')
const release = join(folder, 'release')
beforeAll(() => mkdirSync(release, { recursive: true }))
afterAll(() => removeFolder(folder))

const script = (name: string, lines: string, mode = 0o500): string => {
  writeFileSync(join(release, name), `#!/bin/sh\n${lines}\n`)
  chmodSync(join(release, name), mode)
  return name
}

/** Two versions of a service, each with one instance there and lines that it wrote. */
const ports = (instances: Readonly<Record<string, { port: number; lines?: string }>>): ReadingPorts => ({
  target: {
    observe: async ({ version }) => [
      {
        ...{ index: 0, ready: true, hopeless: false, restarts: 0, reason: null, outOfReach: null, abandoned: false },
        ...{ lastEnd: null, flaps: false },
        endpoint: { host: '127.0.0.1', port: instances[version]?.port ?? 1 },
      },
    ],
    output: async ({ version }) => [{ instance: 0, text: instances[version]?.lines ?? '' }],
  } as Pick<Target, 'observe' | 'output'> as Target,
  traffic: {} as Traffic,
  query: () => Promise.reject(new Error('There is no Prometheus here.')),
  alerts: () => Promise.reject(new Error('There are no alerts here.')),
  folderOf: async () => release,
})

const of = (source: Metric['source'], change: Partial<Metric> = {}): Metric => ({
  ...{ name: 'It', source, max: 0.1, min: null, baseline: null, minimumSamples: 1, failuresAllowed: 0 },
  ...change,
})
const prometheusAt = (url: string): Endpoint => ({
  name: 'Prometheus',
  url,
  auth: { kind: 'none' },
  tls: {},
})
const question = {
  environment: 'staging',
  service: 'checkout',
  canary: '2',
  baseline: '1',
  since: new Date().toISOString(),
}
const read = (given: ReadingPorts, source: Metric['source'], asked: Partial<typeof question> = {}) =>
  readMetric(given, of(source), { ...question, ...asked }, new AbortController().signal)

describe('a script of the version', () => {
  const both = ports({ 1: { port: 1001 }, 2: { port: 1002 } })

  it('measures both versions by the number it writes last, told where they are', async () => {
    const name = script('measure.sh', 'echo measuring; echo "$FRAMEWORK0_ENDPOINTS" | cut -d: -f2')
    expect(await read(both, { kind: 'script', command: [name] })).toEqual({
      kind: 'measured',
      canary: { value: 1002, samples: 1, series: [] },
      baseline: { value: 1001, samples: 1, series: [] },
    })
  })

  it('gets its arguments as they are, and nothing of this process', async () => {
    vi.stubEnv('FRAMEWORK0_SECRET_OF_OURS', 'secret')
    const name = script('count.sh', 'test -z "$FRAMEWORK0_SECRET_OF_OURS" || exit 9; printf "%s" "$1" | wc -c')
    const reading = await read(both, { kind: 'script', command: [name, '$(touch /tmp/x); *'] })
    vi.unstubAllEnvs()
    expect(reading).toMatchObject({ canary: { value: 18 } })
  })

  it.each([
    ['ends with a failure', 'echo "no database" >&2; exit 3', 'it.sh ended with 3. no database'],
    ['writes no number', 'echo fine', 'it.sh wrote no number in its last line.'],
    ['writes nothing', ':', 'it.sh wrote no number in its last line.'],
  ])('that %s decides nothing', async (_, lines, reason) => {
    const name = script('it.sh', lines)
    expect(await read(both, { kind: 'script', command: [name] })).toEqual({ kind: 'unreadable', reason })
  })

  it('that is not one of its files, or may not be executed, is not run', async () => {
    symlinkSync('/bin/echo', join(release, 'link'))
    script('plain.sh', 'echo 1', 0o400)
    for (const [path, reason] of [
      ['../../../bin/echo', 'The version holds no file ../../../bin/echo.'],
      ['/bin/echo', 'The version holds no file /bin/echo.'],
      ['link', 'The version holds no file link.'],
    ] as const)
      expect(await read(both, { kind: 'script', command: [path, '1'] })).toEqual({ kind: 'unreadable', reason })
    const reading = await read(both, { kind: 'script', command: ['plain.sh'] })
    // The superuser may execute what nobody may.
    if (process.getuid?.() !== 0) expect(reading).toMatchObject({ kind: 'unreadable' })
  })

  it('ends with all that it began when nobody waits any more', async () => {
    const name = script('long.sh', '(while :; do date +%s%N > beat; sleep 0.05; done) & wait')
    const leaving = new AbortController()
    const reading = readMetric(both, of({ kind: 'script', command: [name] }), question, leaving.signal)
    const beat = (): string => (existsSync(join(release, 'beat')) ? readFileSync(join(release, 'beat'), 'utf8') : '')
    await vi.waitFor(() => expect(beat()).not.toBe(''))
    leaving.abort()
    await expect(reading).rejects.toThrow()
    const last = beat()
    await sleep(300)
    expect(beat()).toBe(last)
  })
})

describe('what instances write', () => {
  it('is counted by its lines', async () => {
    const given = ports({ 1: { port: 1, lines: 'ok\nok\n' }, 2: { port: 2, lines: 'ok\nERROR a\nok\nERROR b\n' } })
    expect(await read(given, { kind: 'log-error-rate', contains: 'ERROR' })).toMatchObject({
      canary: { value: 0.5, samples: 4 },
      baseline: { value: 0, samples: 2 },
    })
  })
})

describe('alerts', () => {
  it('that fire are counted for the environment, with what is filled in', async () => {
    const asked: string[] = []
    const given = {
      ...ports({}),
      alerts: async (environment: string, matchers: string) => asked.push(`${environment} ${matchers}`) + 2,
    }
    const source = { kind: 'alerts', matchers: 'job="{{service}}", version="{{version}}"' } as const
    expect(await read(given, source)).toEqual({
      kind: 'measured',
      canary: { value: 3, samples: 1, series: [] },
      baseline: null,
    })
    expect(asked).toEqual(['staging job="checkout", version="2"'])
    expect(await read(ports({}), source)).toMatchObject({ kind: 'unreadable' })
  })
})

describe('a probe', () => {
  it('asks every instance, and counts what answers otherwise or not at all', async () => {
    let asked = 0
    const server = createServer((_, response) => response.writeHead(asked++ % 5 === 0 ? 503 : 200).end())
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const given = ports({ 1: { port: 1 }, 2: { port: (server.address() as AddressInfo).port } })
    expect(await read(given, { kind: 'http-probe', path: '/', status: 200 })).toMatchObject({
      canary: { value: 0.2, samples: 5 },
      baseline: { value: 1, samples: 5 },
    })
    server.close()
  })
})

describe.runIf(available('prometheus'))('a query of a real Prometheus', () => {
  let peer: PrometheusPeer
  const now = Math.floor(Date.now() / 1_000)
  beforeAll(async () => {
    const at = Array.from({ length: 60 }, (_, index) => now - 600 + index * 10)
    const value = { 1: (index: number) => 0.1 + (index % 3) / 100, 2: (index: number) => 0.2 + (index % 3) / 100 }
    const lines = ([1, 2] as const).flatMap((version) =>
      at.map((time, index) => `latency{version="${version}"} ${value[version](index)} ${time}`),
    )
    peer = await startPrometheus({ backfill: `# TYPE latency gauge\n${lines.join('\n')}\n# EOF\n` })
  }, 60_000)
  afterAll(() => peer?.[Symbol.asyncDispose]())

  const given = (): ReadingPorts => ({
    ...ports({}),
    query: (_, query, since, signal) =>
      queryNumbers(prometheusAt(peer.url), { query, since: Date.parse(since), now: now * 1_000 }, signal),
  })
  const source = { kind: 'prometheus' as const, connectionId: '0', query: 'max(latency{version="{{version}}"})' }
  const since = new Date((now - 500) * 1_000).toISOString()

  it('gives the values of both versions over the time of the step, which a comparison tells apart', async () => {
    const reading = await read(given(), source, { since })
    expect(reading).toMatchObject({ kind: 'measured' })
    if (reading.kind !== 'measured') return
    expect(reading.canary.samples).toBeGreaterThan(80)
    expect(reading.canary.samples).toBe(reading.canary.series.length)
    const compared = of(source, { max: null, baseline: { confidence: 0.98, tolerance: 0.1 } })
    expect(judge(compared, reading)).toMatchObject({ verdict: 'failed' })
    expect(judge(compared, { ...reading, canary: reading.baseline ?? reading.canary })).toMatchObject({
      verdict: 'passed',
    })
  })

  it('that answers many numbers, or is wrong, decides nothing and says why', async () => {
    expect(await read(given(), { ...source, query: 'latency' }, { since })).toEqual({
      kind: 'unreadable',
      reason: 'The query answers more than one number.',
    })
    expect(await read(given(), { ...source, query: 'sum(' }, { since })).toMatchObject({ kind: 'unreadable' })
  })
})

it('a metric that has no values over time is not compared', () => {
  const baseline = { confidence: 0.98, tolerance: 0.1 }
  const parsed = metric.safeParse(of({ kind: 'http-probe', path: '/', status: 200 }, { baseline }))
  expect(parsed.error?.issues[0]?.path).toEqual(['baseline'])
})
