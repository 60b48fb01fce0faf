import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Plug } from 'lucide-react'
import { Button } from '#renderer/ui/Button.tsx'
import { connectionList } from './overview-queries.ts'
import { useForbidden } from './queries.ts'

/** Only while nothing is connected. */
export function FirstRun() {
  const navigate = useNavigate()
  const { data } = useQuery(connectionList)
  const forbidden = useForbidden()
  if (data === undefined || data.length > 0) return null
  return (
    <section
      aria-label="First step"
      className="flex items-center gap-3 rounded border border-accent/50 bg-surface-1 px-3 py-2"
    >
      <Plug aria-hidden size={18} strokeWidth={1.5} className="shrink-0 text-accent" />
      <p className="min-w-0 flex-1">
        <span className="font-medium">This machine is watched already.</span>{' '}
        <span className="text-muted">Connect a Prometheus or Alertmanager to see the alerts of your fleet here.</span>
      </p>
      <Button
        kind="primary"
        forbidden={forbidden('connections.create')}
        onClick={() => void navigate({ to: '/connections', search: { open: 'new' } as never })}
      >
        Connect a Prometheus or Alertmanager
      </Button>
    </section>
  )
}
