import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CollectorPeer, startCollector } from '#e2e/app/peers/otlp-collector.ts'
import { eventually } from '#e2e/app/peers/peer.ts'
import { auditEntry } from '#preload/security/audit.ts'
import { type Bench, openBench } from './forward.fixture.ts'

let bench: Bench
let collector: CollectorPeer
const put = () =>
  bench.service.put({ forwarder: { kind: 'otlp', name: 'Collector', enabled: true, url: collector.url } })
const first = async () => (await bench.service.list())[0]

describe('forwarding as OTLP logs', () => {
  beforeEach(async () => {
    bench = await openBench()
    collector = await startCollector()
    await bench.service.start()
  })
  afterEach(async () => {
    await bench.service.stop()
    await collector[Symbol.asyncDispose]()
  })

  it('sends records with time, severity, attributes, and the whole entry as the body', async () => {
    const error = { code: 'forbidden', message: 'Müßig ☂', retryable: false } as const
    bench.log.append(1, { outcome: 'forbidden', error, targets: ['a', 'ü'], source: null })
    await put()
    expect(await eventually(() => collector.records.length === 1)).toBe(true)
    expect(collector.complaints).toEqual([])
    const [record] = collector.records
    expect(record).toMatchObject({
      service: 'framework0',
      timeUnixNano: BigInt(Date.UTC(2026, 0, 1, 0, 0, 1)) * 1_000_000n,
      severityNumber: 13n,
      severityText: 'WARN',
      eventName: 'framework0.audit.alerts.acknowledge',
      attributes: { 'audit.sequence': 1n, 'audit.outcome': 'forbidden', 'audit.targets': ['a', 'ü'] },
    })
    expect(record?.attributes).not.toHaveProperty('audit.source')
    expect(auditEntry.parse(JSON.parse(record?.body ?? ''))).toEqual(bench.log.all[0])
  })

  it('sends everything once and in order when nothing goes wrong', async () => {
    bench.log.append(1_600)
    await put()
    expect(await eventually(async () => (await first())?.cursor === 1_600)).toBe(true)
    expect(collector.records.map(({ attributes }) => Number(attributes['audit.sequence']))).toEqual(
      bench.log.all.map(({ sequence }) => sequence),
    )
  })

  it('tries again when the collector is overloaded', async () => {
    collector.refuse(503)
    bench.log.append(4)
    await put()
    expect(await eventually(async () => (await first())?.error?.code === 'unreachable')).toBe(true)
    collector.refuse(null)
    expect(await eventually(async () => (await first())?.cursor === 4)).toBe(true)
    expect(collector.records).toHaveLength(4)
  })

  it('believes a collector that rejects some for good, and shows what it said', async () => {
    collector.rejectPartly(2, 'too old')
    bench.log.append(3)
    await put()
    expect(await eventually(async () => (await first())?.cursor === 3)).toBe(true)
    expect(await first()).toMatchObject({
      behind: 0,
      error: { code: 'refused', message: 'Collector did not accept 2 of the entries: too old' },
    })
    expect(collector.records).toHaveLength(3)
  })
})
