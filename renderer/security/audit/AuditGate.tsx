import { Lock } from 'lucide-react'
import type { ReactNode } from 'react'
import { usePermission } from '#renderer/rpc/verdicts.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'

const reading = ['audit.list', 'audit.facets', 'audit.integrity', 'audit.watch'] as const

/** Asks for nothing in the name of somebody who may not read the log: each refusal would be an entry of it. */
export function AuditGate({ children }: { readonly children: ReactNode }) {
  const permission = usePermission(reading)
  if (permission.kind === 'unknown') return null
  if (permission.kind === 'allowed') return children
  return (
    <div role="alert" className="flex h-full flex-col items-center justify-center gap-2 p-6 text-center">
      <Lock aria-hidden size={22} strokeWidth={1.5} className="text-muted" />
      <p className="font-medium">You may not read the audit log</p>
      <p className="max-w-md text-muted">
        <SafeText text={permission.reason} />
      </p>
    </div>
  )
}
