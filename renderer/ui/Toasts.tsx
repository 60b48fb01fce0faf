import { CircleAlert, CircleCheck, Info, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button, IconButton } from './Button.tsx'
import { dismissToast, type Toast, useToastStore } from './toasts.ts'

const icons = { ok: CircleCheck, failed: CircleAlert, info: Info } as const
const colors = { ok: 'text-ok', failed: 'text-high', info: 'text-accent' } as const
const lifetime = 8_000

function ToastCard({ toast }: { readonly toast: Toast }) {
  const [held, setHeld] = useState(false)
  useEffect(() => {
    if (held) return
    const timer = setTimeout(() => dismissToast(toast.id), lifetime)
    return () => clearTimeout(timer)
  }, [held, toast.id])
  const Icon = icons[toast.tone]
  const act = () => {
    toast.action?.run()
    dismissToast(toast.id)
  }
  return (
    <li
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className="appear pointer-events-auto flex min-h-10 items-center gap-2 rounded border border-line bg-surface-2 py-1.5 pr-1.5 pl-3 shadow-overlay"
    >
      <Icon aria-hidden size={15} className={colors[toast.tone]} />
      <span className="flex-1">{toast.text}</span>
      {toast.action === undefined ? null : (
        <Button size={24} onClick={act}>
          {toast.action.label}
        </Button>
      )}
      <IconButton icon={X} size={24} label="Dismiss" onClick={() => dismissToast(toast.id)} />
    </li>
  )
}

/** Mount once, in the shell. */
export function Toasts() {
  const toasts = useToastStore((store) => store.toasts)
  return (
    <section aria-label="Notifications" aria-live="polite">
      <ul className="pointer-events-none fixed right-3 bottom-8 z-50 flex w-96 flex-col gap-2">
        {toasts.map((toast) => (
          <ToastCard key={toast.id} toast={toast} />
        ))}
      </ul>
    </section>
  )
}
