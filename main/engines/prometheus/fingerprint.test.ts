import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startAlertmanager } from '#e2e/app/peers/alertmanager.ts'
import { available } from '#e2e/app/peers/peer.ts'
import { createAlertmanager } from './alertmanager.ts'
import { fingerprint } from './fingerprint.ts'

const labelSet = fc.dictionary(fc.stringMatching(/^[a-zA-Z_]\w{0,8}$/), fc.string({ unit: 'grapheme', minLength: 1 }), {
  minKeys: 1,
})

describe('a fingerprint', () => {
  it('of no labels is the FNV-1a offset basis', () => {
    expect(fingerprint({})).toBe('cbf29ce484222325')
  })

  it('does not depend on the order of the labels', () => {
    fc.assert(
      fc.property(labelSet, (labels) => {
        const reversed = Object.fromEntries(Object.entries(labels).reverse())
        return fingerprint(reversed) === fingerprint(labels)
      }),
    )
  })

  it('is the FNV-1a of the reference definition', () => {
    const reference = (labels: Record<string, string>): string => {
      let hash = 0xcbf29ce484222325n
      const names = Object.keys(labels).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      const text = names.flatMap((name) => [
        Buffer.from(name),
        Buffer.from([255]),
        Buffer.from(labels[name] ?? ''),
        Buffer.from([255]),
      ])
      for (const byte of Buffer.concat(text)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn
      return hash.toString(16).padStart(16, '0')
    }
    const anyNames = fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }))
    fc.assert(fc.property(anyNames, (labels) => fingerprint(labels) === reference(labels)))
  })

  it.runIf(available('prometheus-alertmanager'))('is the one that the real Alertmanager gives', async () => {
    await using peer = await startAlertmanager()
    const generated = fc.sample(labelSet, { numRuns: 150, seed: 7 })
    const sets = [
      { alertname: 'Disk', instance: '10.0.0.1:9100', severity: 'critical' },
      { alertname: 'Größe', team: '支払い', emoji: '🔥 fire', empty_later: ' ' },
      { alertname: 'Quoting', path: 'C:\\x "y"\n\tz' },
      ...generated.map((labels, index) => ({ ...labels, alertname: `g${index}` })),
    ]
    await peer.post(sets.map((labels) => ({ labels })))
    const client = createAlertmanager({ name: 'A', url: peer.url, auth: { kind: 'none' }, tls: {} })
    const alerts = await client.alerts()
    await client.close()
    expect(alerts).toHaveLength(sets.length)
    for (const alert of alerts) expect(fingerprint(alert.labels)).toBe(alert.fingerprint)
  })
})
