import type { ObservedAlert } from '../engine.ts'
import type { InboxAlert } from './alert.ts'

/**
 * Alerts of a Prometheus that its Alertmanager has not shown here already. A Prometheus adds its external labels only to
 * what it sends, so an alert is the same when the one of the Alertmanager has every label of it, and perhaps more.
 *
 * @param shown the open alerts of the environment's Alertmanagers.
 */
export function withoutDelivered(
  alerts: readonly ObservedAlert[],
  shown: Iterable<Pick<InboxAlert, 'labels'>>,
): readonly ObservedAlert[] {
  const byName = Map.groupBy(shown, ({ labels }) => labels.alertname ?? '')
  return alerts.filter(({ state, labels }) => {
    if (state !== 'firing') return true
    const named = byName.get(labels.alertname ?? '') ?? []
    return !named.some((one) => Object.entries(labels).every(([name, value]) => one.labels[name] === value))
  })
}
