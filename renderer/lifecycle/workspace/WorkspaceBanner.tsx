import { useQuery } from '@tanstack/react-query'
import { DatabaseZap, RotateCw } from 'lucide-react'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { useWorkspaceLive, workspaceStatus } from './queries.ts'

const banner = 'flex items-center gap-2 border-b border-line bg-surface-1 px-3 py-1'

/** Says that the team workspace does not answer, or that another one is opened at the next start. */
export function WorkspaceBanner() {
  useWorkspaceLive()
  const { data } = useQuery(workspaceStatus)
  if (data?.kind === 'team' && data.state === 'away')
    return (
      <div role="alert" className={`${banner} text-warning`}>
        <DatabaseZap aria-hidden size={14} className="shrink-0" />
        <span>
          The team workspace on {data.host} does not answer (lost <RelativeTime at={data.since} />
          ). Nothing can be changed until it is back; it is asked again by itself.
        </span>
      </div>
    )
  if (data?.restart === true)
    return (
      <div role="status" className={`${banner} text-accent`}>
        <RotateCw aria-hidden size={14} className="shrink-0" />
        <span>Another workspace was chosen. Restart the application to open it.</span>
      </div>
    )
  return null
}
