import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCircuit } from './circuit.ts'
import { bucketOf, latencyOf } from './histogram.ts'
import { intersect } from './hostnames.ts'
import { locationOf } from './paths.ts'
import { readProxyHeader } from './proxy-protocol.ts'
import { readHost, readTarget } from './request-target.ts'
import { createSlidingWindow } from './sliding-window.ts'
import { createSplit } from './split.ts'

describe('quantiles', () => {
  it('are within 5 % of the truth', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.06, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 500 }),
        (values) => {
          const counts = new Uint32Array(212)
          for (const value of values) counts[bucketOf(value)] = (counts[bucketOf(value)] ?? 0) + 1
          const sorted = [...values].sort((a, b) => a - b)
          const read = latencyOf(counts, 0)
          for (const [share, told] of [
            [0.5, read.p50],
            [0.95, read.p95],
            [0.99, read.p99],
          ] as const) {
            const truth = sorted[Math.ceil(share * sorted.length) - 1] ?? 0
            expect(Math.abs(told - truth) / truth).toBeLessThan(0.05)
          }
        },
      ),
    )
  })
})

describe('a split', () => {
  it('gives each exactly its weight in every round', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 6 }), (weights) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        const split = createSplit(weights.map((weight, index) => ({ name: String(index), weight })))
        const counts = weights.map(() => 0)
        for (let turn = 0; turn < total * 3; turn++) {
          const index = Number(split.next()?.name)
          counts[index] = (counts[index] ?? 0) + 1
        }
        expect(counts).toEqual(weights.map((weight) => weight * 3))
        if (total === 0) expect(split.next()).toBeNull()
      }),
    )
  })

  it('moves only the keys that a changed weight must move', () => {
    const keys = Array.from({ length: 4_000 }, (_, index) => `key-${index}`)
    const before = createSplit([
      { name: 'a', weight: 90 },
      { name: 'b', weight: 10 },
    ])
    const after = createSplit([
      { name: 'a', weight: 70 },
      { name: 'b', weight: 30 },
    ])
    const owners = keys.map((key) => [before.of(key)?.name, after.of(key)?.name])
    expect(owners.filter(([was, is]) => was === 'b' && is === 'a')).toEqual([])
    const share = (name: string, at: 0 | 1) => owners.filter((owner) => owner[at] === name).length / keys.length
    expect(Math.abs(share('b', 0) - 0.1)).toBeLessThan(0.02)
    expect(Math.abs(share('b', 1) - 0.3)).toBeLessThan(0.03)
  })
})

describe('a sliding window', () => {
  it('never allows more than its limit in any stretch of its length, and always allows what fits', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 200 }), fc.integer({ min: 1, max: 8 }), (gaps, requests) => {
        const window = createSlidingWindow()
        const allowed: number[] = []
        let now = 0
        for (const gap of gaps) {
          now += gap
          const fits = allowed.filter((at) => at > now - 100).length < requests
          const decision = window.take('key', requests, 100, now)
          expect(decision.allowed).toBe(fits)
          if (fits) allowed.push(now)
          else expect(window.take('key', requests, 100, now + decision.retryAfterMs - 1).allowed).toBe(false)
        }
      }),
    )
  })

  it('keeps no more keys than it may', () => {
    const window = createSlidingWindow(100)
    for (let index = 0; index < 5_000; index++) window.take(`key-${index}`, 5, 1_000, index)
    expect(window.keys()).toBeLessThanOrEqual(100)
  })
})

describe('a circuit', () => {
  it('lets exactly one request through when it is half open, and opens again when that fails', () => {
    const circuit = createCircuit({ errorRate: 0.5, minimumRequests: 2, openMs: 1_000 })
    circuit.record(true, 0)
    circuit.record(true, 1)
    expect([circuit.allows(500), circuit.allows(1_100), circuit.allows(1_101)]).toEqual([false, true, false])
    circuit.record(true, 1_200)
    expect(circuit.state(1_300)).toBe('open')
    expect(circuit.allows(2_300)).toBe(true)
    circuit.record(false, 2_400)
    expect(circuit.state(2_400)).toBe('closed')
  })

  it('forgets what is older than ten seconds', () => {
    const circuit = createCircuit({ errorRate: 0.5, minimumRequests: 4, openMs: 1_000 })
    for (const at of [0, 1]) circuit.record(true, at)
    for (const at of [12_000, 12_001]) circuit.record(true, at)
    expect(circuit.state(12_002)).toBe('closed')
  })
})

describe('a request target', () => {
  it.each([
    ['/a/./b', '/a/b'],
    ['/a/../b', '/b'],
    ['/../../b', '/b'],
    ['/a//b', '/a/b'],
    ['/a/..', '/'],
    ['/%7Euser/%41', '/~user/A'],
    ['/%2e%2e/b', '/b'],
    ['/a%2fb', '/a%2Fb'],
    ['/100%25', '/100%25'],
  ])('%s is read as %s', (url, path) => {
    expect(readTarget(`${url}?a=/../b`)).toEqual({ path, query: '?a=/../b', authority: null })
  })

  it('is the same when it is read twice', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\/[a-z./%0-9A-F]{0,30}$/), (url) => {
        const once = readTarget(url)
        if (once !== null) expect(readTarget(once.path)?.path).toBe(once.path)
      }),
      { numRuns: 2_000 },
    )
  })

  it('has a host without its port', () => {
    expect(['A.example:80', 'a.example.', '[::1]:80', 'a b', 'a@b', ''].map(readHost)).toEqual([
      'a.example',
      'a.example',
      '[::1]',
      null,
      null,
      null,
    ])
  })
})

describe('rules of the Gateway API', () => {
  it('attach a route where its host names and the listener’s meet', () => {
    expect(intersect('*.example.com', 'a.example.com')).toBe('a.example.com')
    expect(intersect('a.example.com', '*.example.com')).toBe('a.example.com')
    expect(intersect('*.example.com', '*.b.example.com')).toBe('*.b.example.com')
    expect(intersect('*.example.com', 'example.com')).toBeNull()
    expect(intersect('a.example.com', 'b.example.com')).toBeNull()
    expect(intersect('*', '*.example.com')).toBe('*.example.com')
  })

  it('name a port in a redirect only where it is not the scheme’s own', () => {
    const from = { scheme: 'http' as const, host: 'a.example', port: 8080, path: '/x', query: '', prefix: '' }
    const redirect = { kind: 'redirect' as const, status: 302 as const }
    expect(locationOf(redirect, from)).toBe('http://a.example:8080/x')
    expect(locationOf({ ...redirect, scheme: 'https' }, from)).toBe('https://a.example/x')
    expect(locationOf({ ...redirect, scheme: 'https', port: 8443 }, from)).toBe('https://a.example:8443/x')
  })
})

describe('a PROXY header', () => {
  it('never fails on any bytes, and waits for no more than it may', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const read = readProxyHeader(Buffer.from(bytes))
        if (bytes.length > 107 && bytes[0] !== 13) expect(read).toBe('wrong')
      }),
    )
  })
})
