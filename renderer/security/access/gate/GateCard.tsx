import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { BridgeBanner } from '#renderer/app/BridgeBanner.tsx'

type GateCardProps = {
  readonly icon: LucideIcon
  readonly title: string
  readonly text?: ReactNode
  readonly children: ReactNode
  /** What else can be done, below the line. */
  readonly footer?: ReactNode
}

/** A screen before the application: one question in the middle of the window. */
export function GateCard({ icon: Icon, title, text, children, footer }: GateCardProps) {
  return (
    <main data-region="Sign-in" className="flex h-full flex-col overflow-auto bg-surface-0">
      <BridgeBanner />
      <div className="mx-auto my-[min(14vh,120px)] flex w-[calc(100%-32px)] max-w-100 flex-col gap-4 rounded border border-line bg-surface-1 p-6">
        <header className="flex flex-col gap-1">
          <div className="flex items-center gap-2">
            <Icon aria-hidden size={18} strokeWidth={1.75} className="shrink-0 text-accent" />
            <h1 className="text-title font-semibold">{title}</h1>
          </div>
          {text === undefined ? null : <div className="text-muted">{text}</div>}
        </header>
        {children}
        {footer === undefined ? null : <div className="flex flex-col border-t border-line pt-3">{footer}</div>}
      </div>
    </main>
  )
}
