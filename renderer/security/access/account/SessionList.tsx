import { LogOut } from 'lucide-react'
import type { Session } from '#preload/security/access.ts'
import { api } from '#renderer/rpc/client.ts'
import { Tag } from '#renderer/ui/Badge.tsx'
import { Button } from '#renderer/ui/Button.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { useAccessChange } from '../queries.ts'

type SessionListProps = {
  readonly sessions: readonly Session[]
  /** The session of whoever looks. */
  readonly present: string
  /** Why sessions may not be ended; undefined where they may. */
  readonly forbidden: string | undefined
}

function Line({ session, present }: { readonly session: Session; readonly present: boolean }) {
  const { via, source, createdAt, lastSeenAt, endsAt } = session
  return (
    <div className="min-w-0 flex-1">
      <p className="flex items-center gap-2">
        <span className="truncate font-medium">{source === null ? via : `${via}, from ${source}`}</span>
        {present ? <Tag tone="accent">this one</Tag> : null}
      </p>
      <p className="truncate text-secondary text-muted">
        seen <RelativeTime at={lastSeenAt} /> · began <RelativeTime at={createdAt} />
        {endsAt === null ? null : (
          <>
            {' · ends '}
            <RelativeTime at={endsAt} />
          </>
        )}
      </p>
    </div>
  )
}

/** Where somebody is signed in, and a way to end it there. */
export function SessionList({ sessions, present, forbidden }: SessionListProps) {
  const end = useAccessChange((id: string) => api.access.endSession({ id }))
  if (sessions.length === 0) return <p className="text-muted">Signed in nowhere.</p>
  return (
    <div className="flex flex-col gap-2">
      {end.error === null ? null : <ErrorPanel title="The session was not ended." error={end.error} />}
      <ul className="flex flex-col">
        {sessions.map((session) => (
          <li key={session.id} className="flex items-center gap-2 border-b border-line py-1 last:border-b-0">
            <Line session={session} present={session.id === present} />
            <Button
              size={24}
              icon={LogOut}
              aria-label={`End the session by ${session.via}${session.id === present ? ', this one' : ''}`}
              busy={end.isPending && end.variables === session.id}
              forbidden={forbidden}
              onClick={() => end.mutate(session.id)}
            >
              End
            </Button>
          </li>
        ))}
      </ul>
    </div>
  )
}
