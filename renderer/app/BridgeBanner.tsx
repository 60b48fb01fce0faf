import { PlugZap } from 'lucide-react'
import { useBridge } from '#renderer/rpc/connection.ts'
import { RelativeTime } from '../ui/Time.tsx'

/** Says that the page has lost the application; what the screens show stays, as old as it is. */
export function BridgeBanner() {
  const { status, since } = useBridge()
  if (status !== 'lost') return null
  return (
    <div role="alert" className="flex items-center gap-2 border-b border-line bg-surface-1 px-3 py-1 text-warning">
      <PlugZap aria-hidden size={14} className="shrink-0" />
      <span>
        The application does not answer (<RelativeTime at={since} />
        ). What you see is from before; it is being asked again. Nothing can be changed meanwhile.
      </span>
    </div>
  )
}
