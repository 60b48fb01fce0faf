import type { Anchor, Forwarder } from '#preload/security/audit-delivery.ts'

/** Where the log goes to: entries are forwarded, checkpoints are anchored. */
export type Place =
  | { readonly role: 'forwarder'; readonly item: Forwarder }
  | { readonly role: 'anchor'; readonly item: Anchor }

export type PlaceKind = Place['item']['settings']['kind']

export const placeKinds: readonly PlaceKind[] = ['otlp', 'syslog', 'webhook', 'tsa', 'git', 'folder']

type Words = { readonly role: Place['role']; readonly name: string; readonly purpose: string }

/** What each kind is called and what it is for. */
export const kindWords: Readonly<Record<PlaceKind, Words>> = {
  otlp: { role: 'forwarder', name: 'OTLP logs', purpose: 'Sends entries to an OpenTelemetry collector.' },
  syslog: { role: 'forwarder', name: 'Syslog over TLS', purpose: 'Sends entries as RFC 5424 messages.' },
  webhook: { role: 'forwarder', name: 'Webhook', purpose: 'Posts entries as signed JSON.' },
  tsa: { role: 'anchor', name: 'Timestamp authority', purpose: 'Has each checkpoint timestamped by RFC 3161.' },
  git: { role: 'anchor', name: 'Git repository', purpose: 'Commits each checkpoint and pushes it.' },
  folder: { role: 'anchor', name: 'Folder', purpose: 'Writes each checkpoint to a file share.' },
}

export const placeKey = ({ role, item }: Place): string => `${role}:${item.id}`

/** Where it goes, as one text. */
export function addressOf({ item: { settings } }: Place): string {
  if (settings.kind === 'syslog') return `${settings.host}:${settings.port}`
  if (settings.kind === 'git') return `${settings.repository} (${settings.branch})`
  return settings.kind === 'folder' ? settings.path : settings.url
}

export type PlaceState = 'off' | 'failing' | 'catching up' | 'up to date'

export function stateOf({ item: { settings, error, behind } }: Place): PlaceState {
  if (!settings.enabled) return 'off'
  if (error !== null) return 'failing'
  return behind > 0 ? 'catching up' : 'up to date'
}

/** What a cursor counts: a forwarder's is the last entry taken, an anchor's the size of the last checkpoint. */
export const cursorName = (role: Place['role']): string =>
  role === 'forwarder' ? 'Last entry taken' : 'Last checkpoint'
