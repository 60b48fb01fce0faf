import { useQuery } from '@tanstack/react-query'
import { Lock, LogOut } from 'lucide-react'
import type { Me } from '#preload/security/access.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { meQuery, sessionsQuery } from '../queries.ts'
import { DevicesSection } from './DevicesSection.tsx'
import { FactorsSection } from './FactorsSection.tsx'
import { SessionList } from './SessionList.tsx'
import { lockShortcut, useSessionActions } from './use-session-actions.ts'
import { YouSection } from './YouSection.tsx'

function Sessions({ me }: { readonly me: Me }) {
  const query = useQuery(sessionsQuery)
  const own = query.data?.filter(({ identity }) => identity === me.id)
  return (
    <Section title="Where you are signed in" count={own?.length}>
      <QueryView
        query={query}
        failure="Your sessions could not be read."
        skeletonRows={2}
        ready={() => <SessionList sessions={own ?? []} present={me.session} forbidden={undefined} />}
      />
    </Section>
  )
}

function Account({ me }: { readonly me: Me }) {
  const { lock, signOut, lockForbidden } = useSessionActions()
  return (
    <div className="flex flex-col">
      <header className="flex items-center gap-2 border-b border-line px-3 py-2">
        <h2 className="min-w-0 flex-1 truncate text-title font-semibold">
          <SafeText text={me.name} oneLine />
        </h2>
        <Button
          icon={Lock}
          shortcut={lockShortcut}
          busy={lock.isPending}
          forbidden={lockForbidden}
          onClick={() => lock.mutate(null)}
        >
          Lock
        </Button>
        {me.signInRequired ? (
          <Button icon={LogOut} busy={signOut.isPending} onClick={() => signOut.mutate(null)}>
            Sign out
          </Button>
        ) : null}
      </header>
      {lock.error === null ? null : (
        <div className="p-3 pb-0">
          <ErrorPanel title="The session was not locked." error={lock.error} />
        </div>
      )}
      <div className="grid lg:grid-cols-2">
        <div className="border-line lg:border-r">
          <YouSection me={me} />
          <Sessions me={me} />
        </div>
        <div>
          <FactorsSection me={me} />
          <DevicesSection me={me} />
        </div>
      </div>
    </div>
  )
}

/** Your own account: who you are, what proves it, where you are signed in. */
export function AccountPage() {
  const query = useQuery(meQuery)
  return <QueryView query={query} failure="Your account could not be read." ready={(me) => <Account me={me} />} />
}
