import { createHash } from 'node:crypto'
import { mergeLayers } from '#preload/deployment/configuration.ts'
import type { Environment, EnvironmentDifference } from '#preload/deployment/environments.ts'
import { freezeCount } from './freeze.ts'

type Kind = EnvironmentDifference['kind']
type Facts = ReadonlyMap<string, string>

const kinds: readonly (readonly [Kind, (environment: Environment) => Facts])[] = [
  ['version', versions],
  ['configuration', ({ layers }) => new Map(mergeLayers(layers).map(({ name, value }) => [name, value]))],
  ['secret', ({ secrets }) => new Map(secrets.map((name) => [name, 'set']))],
  ['policy', policy],
  ['target', place],
]

/** In what two environments differ. Values of secrets are not compared, only whether each has one of that name. */
export const differences = (left: Environment, right: Environment): EnvironmentDifference[] =>
  kinds.flatMap(([kind, factsOf]) => compare(kind, factsOf(left), factsOf(right)))

function compare(kind: Kind, left: Facts, right: Facts): EnvironmentDifference[] {
  const names = [...new Set([...left.keys(), ...right.keys()])].sort()
  return names
    .map((name) => ({ kind, name, left: left.get(name) ?? null, right: right.get(name) ?? null }))
    .filter((difference) => difference.left !== difference.right)
}

function place({ target, region }: Environment): Facts {
  const common = fact('region', region)
  if (target.kind === 'machine') return new Map([...fact('runs on', 'this machine'), ...common])
  const { hosts, folder, ports } = target
  return new Map([
    ...fact('runs on', 'hosts over SSH'),
    ...hosts.flatMap(({ address, port, user, hostKey }) => fact(`host ${address}:${port}`, `${user}, ${hostKey}`)),
    ...fact('folder', folder),
    ...fact('ports', `${ports.from}–${ports.to}`),
    ...common,
  ])
}

function versions({ health }: Environment): Facts {
  return new Map(health.services.map(({ service, version }) => [service, version ?? 'unknown']))
}

function policy({ requiredApprovals, freezeCalendar, lock }: Environment): Facts {
  return new Map([
    ...fact('required approvals', String(requiredApprovals)),
    ...fact('freeze calendar', calendarWords(freezeCalendar)),
    ...fact('lock', lock?.reason ?? ''),
  ])
}

/** Two calendars with as many events may still differ, which the digest shows. */
function calendarWords(text: string): string {
  if (text.trim() === '') return ''
  const count = freezeCount(text)
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8)
  return `${count} ${count === 1 ? 'event' : 'events'} (${digest})`
}

const fact = (name: string, value: string): [string, string][] => (value === '' ? [] : [[name, value]])
