import { useQuery } from '@tanstack/react-query'
import { KeyRound, LockKeyholeOpen, Play, Power, X } from 'lucide-react'
import type { Identity } from '#preload/security/access.ts'
import { Tag } from '#renderer/ui/Badge.tsx'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { useClock } from '#renderer/ui/clock.ts'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { plural } from '#renderer/ui/format.ts'
import { KeyValueList } from '#renderer/ui/KeyValueList.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { RelativeTime, Timestamp } from '#renderer/ui/Time.tsx'
import { DeviceList } from '../account/DeviceList.tsx'
import { SessionList } from '../account/SessionList.tsx'
import { devicesQuery, sessionsQuery, useForbidden, useMe } from '../queries.ts'
import { PersonMark } from './PersonMark.tsx'
import { factorsText, kindNames, stateOf } from './person.ts'
import { RolesEditor } from './RolesEditor.tsx'

export type PersonActions = {
  readonly toggle: (person: Identity) => void
  readonly unlock: (person: Identity) => void
  readonly resetFactors: (person: Identity) => void
  readonly close: () => void
}

type PersonDetailProps = {
  readonly person: Identity
  readonly actions: PersonActions
  /** Why the last change failed; null when it did not. */
  readonly error: unknown
}

function Buttons({ person, actions }: Pick<PersonDetailProps, 'person' | 'actions'>) {
  const forbidden = useForbidden()
  const locked = useClock((now) => stateOf(person, now) === 'locked')
  const factors = person.factors.totp || person.factors.passkeys.length > 0
  return (
    <div className="flex flex-wrap gap-2">
      <Button
        icon={person.disabled ? Play : Power}
        shortcut="d"
        forbidden={forbidden('access.setIdentity')}
        onClick={() => actions.toggle(person)}
      >
        {person.disabled ? 'Enable' : 'Disable'}
      </Button>
      <Button
        icon={LockKeyholeOpen}
        shortcut="u"
        disabled={!locked}
        forbidden={forbidden('access.unlockIdentity')}
        onClick={() => actions.unlock(person)}
      >
        Unlock
      </Button>
      <Button
        icon={KeyRound}
        kind="danger"
        disabled={!factors}
        forbidden={forbidden('access.resetFactors')}
        onClick={() => actions.resetFactors(person)}
      >
        Reset factors
      </Button>
    </div>
  )
}

function About({ person }: { readonly person: Identity }) {
  const { id, kind, issuer, email, groups, factors, createdAt, lastSeenAt } = person
  const used = factorsText(factors)
  return (
    <KeyValueList
      items={[
        { name: 'State', value: <PersonMark person={person} /> },
        { name: 'Kind', value: kindNames[kind] },
        ...(issuer === '' ? [] : [{ name: 'Provider', value: <SafeText text={issuer} mono />, mono: true }]),
        { name: 'Mail', value: email === null ? '–' : <SafeText text={email} /> },
        {
          name: 'Groups',
          value:
            groups.length === 0 ? (
              '–'
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
        {
          name: 'Second factors',
          value: used === '' ? 'none' : `${used}; ${plural(factors.recoveryCodesLeft, 'recovery code')} left`,
        },
        { name: 'Last seen', value: lastSeenAt === null ? 'never' : <RelativeTime at={lastSeenAt} /> },
        { name: 'Known since', value: <Timestamp at={createdAt} /> },
        { name: 'Id', value: id, mono: true },
      ]}
    />
  )
}

function Sessions({ person }: { readonly person: Identity }) {
  const query = useQuery(sessionsQuery)
  const me = useMe()
  const forbidden = useForbidden()
  const own = query.data?.filter(({ identity }) => identity === person.id) ?? []
  return (
    <Section title="Signed in" count={own.length}>
      <QueryView
        query={query}
        failure="The sessions could not be read."
        skeletonRows={2}
        ready={() => (
          <SessionList sessions={own} present={me?.session ?? ''} forbidden={forbidden('access.endSession')} />
        )}
      />
    </Section>
  )
}

function Devices({ person }: { readonly person: Identity }) {
  const query = useQuery(devicesQuery(person.id))
  const forbidden = useForbidden()
  return (
    <Section title="Devices that sign for them" count={query.data?.length}>
      <QueryView
        query={query}
        failure="The devices could not be read."
        skeletonRows={2}
        ready={(devices) => <DeviceList devices={devices} here={null} forbidden={forbidden('access.revokeDevice')} />}
      />
    </Section>
  )
}

export function PersonDetail({ person, actions, error }: PersonDetailProps) {
  const forbidden = useForbidden()
  return (
    <div>
      <header className="flex flex-col gap-2 border-b border-line px-3 py-2">
        <div className="flex items-center gap-2">
          <h2 className="min-w-0 flex-1 truncate text-title font-semibold">
            <SafeText text={person.name} oneLine />
          </h2>
          <Tag>{kindNames[person.kind]}</Tag>
          <IconButton icon={X} label="Close" shortcut="Esc" onClick={actions.close} />
        </div>
        <Buttons person={person} actions={actions} />
      </header>
      {error === null ? null : (
        <div className="p-3 pb-0">
          <ErrorPanel title="Nothing was changed." error={error} />
        </div>
      )}
      <Section title="Roles">
        <RolesEditor person={person} forbidden={forbidden('access.setIdentity')} />
      </Section>
      <Section title="About">
        <About person={person} />
      </Section>
      <Sessions person={person} />
      <Devices person={person} />
    </div>
  )
}
