import { Ban } from 'lucide-react'

/** In place of what somebody may not see: which role or policy says so. */
export function Forbidden({ title, reason }: { readonly title: string; readonly reason: string }) {
  return (
    <div className="flex h-full min-h-32 flex-col items-center justify-center gap-1 p-6 text-center">
      <Ban aria-hidden size={22} strokeWidth={1.5} className="text-muted" />
      <p className="font-medium">{title}</p>
      <p className="max-w-md text-muted">{reason}</p>
    </div>
  )
}
