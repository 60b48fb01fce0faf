import { PlugZap } from 'lucide-react'
import { isAway, useBridge } from '#renderer/rpc/connection.ts'
import { RelativeTime } from '../ui/Time.tsx'

/** Says that the page has lost the application, or its sign-in; what the screens show stays, as old as it is. */
export function BridgeBanner() {
  const bridge = useBridge()
  if (!isAway(bridge)) return null
  return (
    <div role="alert" className="flex items-center gap-2 border-b border-line bg-surface-1 px-3 py-1 text-warning">
      <PlugZap aria-hidden size={14} className="shrink-0" />
      {bridge.status === 'refused' ? (
        <span>
          This page's sign-in is over. Open the link that the application printed when it started, or the one that
          “framework0 open” prints. What you see is from before (
          <RelativeTime at={bridge.since} />
          ), and nothing can be changed meanwhile.
        </span>
      ) : (
        <span>
          The application does not answer (<RelativeTime at={bridge.since} />
          ). What you see is from before; it is being asked again. Nothing can be changed meanwhile.
        </span>
      )}
    </div>
  )
}
