import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useScope } from '#renderer/app/scope.ts'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { alertSources, lastResolved } from './queries.ts'

type InboxEmptyProps = { readonly filtered: boolean; readonly onClear: () => void }

function AllClear() {
  const environment = useScope((scope) => scope.environment)
  const { data: since } = useQuery(lastResolved(environment === null ? [] : [environment]))
  return (
    <EmptyState
      voice="all-clear"
      title={environment === null ? 'Nothing is firing' : `Nothing is firing in ${environment}`}
      {...(since == null ? {} : { since })}
    />
  )
}

/** Nothing in the list: because nothing matches, because nothing is connected, or because all is well. */
export function InboxEmpty({ filtered, onClear }: InboxEmptyProps) {
  const navigate = useNavigate()
  const { data: sources } = useQuery(alertSources)
  if (filtered) return <EmptyState voice="no-match" title="No alert matches this filter" onClear={onClear} />
  if (sources === undefined) return null
  const connected = sources.filter(({ kind }) => kind !== 'embedded')
  if (connected.length === 0)
    return (
      <EmptyState
        voice="unconfigured"
        title="No alert source is connected yet"
        action={{
          label: 'Connect a Prometheus or Alertmanager',
          run: () => void navigate({ to: '/connections', search: { open: 'new' } as never }),
        }}
      >
        The rules of this machine are watched already, and none of them fires.
      </EmptyState>
    )
  const silent = connected.find(({ lastSuccessAt }) => lastSuccessAt === null)
  if (silent !== undefined)
    return <p className="p-6 text-center text-muted">Waiting for the first answer of {silent.name}…</p>
  return <AllClear />
}
