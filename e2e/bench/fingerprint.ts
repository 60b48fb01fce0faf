import { fingerprint } from '#main/engines/prometheus/fingerprint.ts'
import { type Row, show, spread } from './measure.ts'

const runs = 20

/** Fingerprints of the label sets of 10,000 alerts, which every look at a Prometheus computes. */
export function fingerprintRows(): Row[] {
  const sets = Array.from({ length: 10_000 }, (_, n) => ({
    alertname: 'KubePodCrashLooping',
    cluster: 'eu-west-1',
    namespace: 'shop',
    pod: `checkout-7d9c5b9b4-${n}`,
    severity: 'critical',
    team: 'payments',
  }))
  const times = Array.from({ length: runs }, () => {
    const began = performance.now()
    for (const labels of sets) fingerprint(labels)
    return performance.now() - began
  })
  return [{ what: 'Fingerprints of 10,000 label sets', ours: show(spread(times), 'ms', 1) }]
}
