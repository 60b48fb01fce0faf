import { useQuery } from '@tanstack/react-query'
import type { Me } from '#preload/security/access.ts'
import { Tag } from '#renderer/ui/Badge.tsx'
import { KeyValueList } from '#renderer/ui/KeyValueList.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { identitiesQuery, settingsQuery, useForbidden } from '../queries.ts'
import { roleHints, roleNames, roleSources } from '../roles.ts'

function Roles({ me }: { readonly me: Me }) {
  const forbidden = useForbidden()
  const settings = useQuery({ ...settingsQuery, enabled: forbidden('access.settings') === undefined })
  const identities = useQuery({ ...identitiesQuery, enabled: forbidden('access.identities') === undefined })
  const identity = identities.data?.find(({ id }) => id === me.id)
  const sources = roleSources(me, { identity, settings: settings.data })
  if (sources.length === 0) return <p className="text-muted">No role: nothing is allowed but what everybody may.</p>
  return (
    <ul className="flex flex-col gap-1">
      {sources.map(({ role, from }) => (
        <li key={role} className="flex items-baseline gap-2">
          <Tag>{roleNames[role]}</Tag>
          <span className="min-w-0 text-secondary text-muted">
            <SafeText text={from} />. {roleHints[role]}
          </span>
        </li>
      ))}
    </ul>
  )
}

/** Who one is here: name, roles and where they come from, and how long the session goes on. */
export function YouSection({ me }: { readonly me: Me }) {
  const { name, email, groups, via, provenAt, locksAt, endsAt } = me
  return (
    <Section title="You">
      <KeyValueList
        items={[
          { name: 'Name', value: <SafeText text={name} /> },
          ...(email === null ? [] : [{ name: 'Mail', value: <SafeText text={email} /> }]),
          { name: 'Roles', value: <Roles me={me} /> },
          {
            name: 'Groups',
            value:
              groups.length === 0 ? (
                <span className="text-muted">none</span>
              ) : (
                <span className="flex flex-wrap gap-1">
                  {groups.map((group) => (
                    <Tag key={group}>
                      <SafeText text={group} oneLine />
                    </Tag>
                  ))}
                </span>
              ),
          },
          { name: 'Came in by', value: via },
          {
            name: 'Last proof',
            value: provenAt === null ? 'none needed yet' : <RelativeTime at={provenAt} />,
          },
          ...(locksAt === null ? [] : [{ name: 'Locks when idle', value: <RelativeTime at={locksAt} /> }]),
          ...(endsAt === null ? [] : [{ name: 'Session ends', value: <RelativeTime at={endsAt} /> }]),
        ]}
      />
    </Section>
  )
}
