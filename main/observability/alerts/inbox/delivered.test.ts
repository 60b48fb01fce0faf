import { expect, it } from 'vitest'
import type { ObservedAlert } from '../engine.ts'
import { withoutDelivered } from './delivered.ts'

const alert = (labels: Record<string, string>, state: ObservedAlert['state'] = 'firing'): ObservedAlert => ({
  labels,
  annotations: {},
  state,
  startsAt: 0,
  fingerprint: '',
  generatorUrl: '',
  receivers: [],
  silencedBy: [],
  inhibitedBy: [],
})

const shown = [{ labels: { alertname: 'Down', service: 'a', region: 'eu' } }]

it('leaves out what an Alertmanager shows with external labels', () => {
  expect(withoutDelivered([alert({ alertname: 'Down', service: 'a' })], shown)).toEqual([])
})

it('keeps what differs in a label, what has another name, and what no Alertmanager ever hears of', () => {
  const kept = [
    alert({ alertname: 'Down', service: 'b' }),
    alert({ alertname: 'Slow', service: 'a' }),
    alert({ alertname: 'Down', service: 'a', pod: 'x' }),
    alert({ alertname: 'Down', service: 'a' }, 'pending'),
  ]
  expect(withoutDelivered(kept, shown)).toEqual(kept)
})
