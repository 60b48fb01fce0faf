import type { InboxAlert } from './alert.ts'

/** Labels that say little about what is wrong: two alerts that share only these are not related. */
const weak = new Set(['severity', 'prometheus', 'cluster', 'env', 'environment', 'region', 'receiver', 'team', 'job'])
const shown = 20

/** Open alerts that share telling labels with an alert, most shared first. */
export function relatedTo(
  alert: InboxAlert,
  others: Iterable<InboxAlert>,
): { readonly alert: InboxAlert; readonly shared: string[] }[] {
  const related: { alert: InboxAlert; shared: string[] }[] = []
  for (const other of others) {
    if (other.id === alert.id || other.state === 'resolved') continue
    const shared = Object.keys(alert.labels).filter((name) => other.labels[name] === alert.labels[name])
    if (shared.some((name) => !weak.has(name))) related.push({ alert: other, shared })
  }
  const strength = ({ shared }: { shared: string[] }): number => shared.filter((name) => !weak.has(name)).length
  return related.sort((a, b) => strength(b) - strength(a) || b.alert.since - a.alert.since).slice(0, shown)
}
