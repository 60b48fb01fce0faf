import type { Environment, HostState, ServiceHealth } from '#preload/deployment/environments.ts'
import { HealthMark } from '#renderer/ui/HealthMark.tsx'
import { KeyValueList } from '#renderer/ui/KeyValueList.tsx'
import { Link } from '#renderer/ui/Link.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { RelativeTime, Timestamp } from '#renderer/ui/Time.tsx'
import { FactTable } from './FactTable.tsx'
import { WhatRuns } from './WhatRuns.tsx'

function targetWords(target: Environment['target']): string {
  if (target.kind === 'machine') return 'supervised processes of this machine'
  const hosts = target.hosts.map(({ address, user }) => `${user}@${address}`).join(', ')
  return `${hosts} over SSH, in ${target.folder}, ports ${target.ports.from}–${target.ports.to}`
}

const hostRow = ({ host, reachable, says }: HostState) => ({
  key: host,
  cells: [
    <HealthMark
      key="status"
      status={reachable ? 'healthy' : 'unknown'}
      words={reachable ? 'reachable' : 'out of reach'}
    />,
    <SafeText key="host" text={host} mono />,
    <SafeText key="says" text={says} />,
  ],
})

const serviceRow = ({ service, version, ready, desired, status, address }: ServiceHealth) => ({
  key: service,
  cells: [
    <HealthMark key="status" status={status} />,
    <SafeText key="service" text={service} />,
    version === null ? '–' : <SafeText key="version" text={version} mono />,
    `${ready} of ${desired}`,
    address === null ? '–' : <Link key="address" href={address} />,
  ],
})

function Reasons({ reasons }: { readonly reasons: readonly string[] }) {
  if (reasons.length === 0) return null
  return (
    <ul aria-label="Reasons" className="list-disc pt-1 pl-4">
      {reasons.map((reason) => (
        <li key={reason}>
          <SafeText text={reason} />
        </li>
      ))}
    </ul>
  )
}

/** How it is, why, and since when that was looked at; what runs there; what it is. */
export function OverviewTab({ environment }: { readonly environment: Environment }) {
  const { health, description, region, owners, target, expiresAt } = environment
  const none = <span className="text-muted">none</span>
  return (
    <>
      <Section title="Health">
        <HealthMark status={health.status} />
        {health.checkedAt === null ? null : (
          <span className="pl-2 text-muted">
            checked <RelativeTime at={health.checkedAt} />
          </span>
        )}
        <Reasons reasons={health.reasons} />
      </Section>
      <Section title="Services" count={health.services.length}>
        {health.services.length === 0 ? (
          <p className="text-muted">A rollout puts the first service here.</p>
        ) : (
          <FactTable
            label="Services"
            headers={['Health', 'Service', 'Version', 'Ready', 'Address']}
            rows={health.services.map(serviceRow)}
          />
        )}
        <WhatRuns services={health.services} />
      </Section>
      {health.hosts.length === 0 ? null : (
        <Section title="Hosts" count={health.hosts.length}>
          <FactTable label="Hosts" headers={['State', 'Host', 'What it says']} rows={health.hosts.map(hostRow)} />
        </Section>
      )}
      <Section title="Settings">
        <KeyValueList
          items={[
            { name: 'Purpose', value: description === '' ? none : <SafeText text={description} /> },
            { name: 'Region', value: region === '' ? none : <SafeText text={region} /> },
            { name: 'Owners', value: owners.length === 0 ? none : <SafeText text={owners.join(', ')} /> },
            { name: 'Target', value: <SafeText text={targetWords(target)} /> },
            {
              name: 'Removes itself',
              value: expiresAt === null ? <span className="text-muted">never</span> : <RelativeTime at={expiresAt} />,
            },
            { name: 'Added', value: <Timestamp at={environment.createdAt} /> },
            { name: 'Changed', value: <Timestamp at={environment.updatedAt} /> },
          ]}
        />
      </Section>
    </>
  )
}
