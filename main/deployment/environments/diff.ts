import { createHash } from 'node:crypto'
import { mergeLayers } from '#preload/deployment/configuration.ts'
import type { Environment, EnvironmentDifference } from '#preload/deployment/environments.ts'
import { differCount, differenceWords } from '#preload/deployment/running-configuration.ts'
import { freezeCount } from './freeze.ts'

type Kind = EnvironmentDifference['kind']
type Facts = ReadonlyMap<string, string>

type Fact = readonly [Kind, (environment: Environment) => Facts]

const kinds: readonly Fact[] = [
  ['version', versions],
  ['configuration', ({ layers }) => new Map(mergeLayers(layers).map(({ name, value }) => [name, value]))],
  ['secret', ({ secrets }) => new Map(secrets.map((name) => [name, 'set']))],
  ['policy', policy],
  ['target', place],
]

/**
 * In what two environments differ by their layers, and what runs otherwise than these say. Values of secrets are not
 * compared, only whether each has one of that name.
 */
export const differences = (left: Environment, right: Environment): EnvironmentDifference[] => [
  ...kinds.flatMap(([kind, factsOf]) =>
    sideBySide(kind, factsOf(left), factsOf(right)).filter((each) => each.left !== each.right),
  ),
  // Told even where both are off alike: then the layers tell of neither.
  ...sideBySide('running', runsOtherwise(left), runsOtherwise(right)),
]

function sideBySide(kind: Kind, left: Facts, right: Facts): EnvironmentDifference[] {
  const names = [...new Set([...left.keys(), ...right.keys()])].sort()
  return names.map((name) => ({ kind, name, left: left.get(name) ?? null, right: right.get(name) ?? null }))
}

/** The services that were not started with what the environment says now, or of which that is not known. */
function runsOtherwise({ health }: Environment): Facts {
  return new Map(
    health.services.flatMap(({ service, configuration }) => {
      if (configuration === null) return []
      const { version, recordedAt, differs } = configuration
      if (recordedAt === null) return fact(service, `${version}: its configuration was not recorded`)
      if (differs.length === 0) return []
      return fact(service, `${version}: ${differCount(differs)} (${differs.map(differenceWords).join('; ')})`)
    }),
  )
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
