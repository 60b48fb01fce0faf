import { clsx } from 'clsx'
import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { IconButton } from './Button.tsx'
import { useDialogFocus } from './dialog-focus.ts'

const widths = { small: 'w-[440px]', medium: 'w-[600px]', large: 'w-[860px]' } as const

export type DialogProps = {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: ReactNode
  readonly description?: ReactNode
  readonly size?: keyof typeof widths | undefined
  readonly footer?: ReactNode
  readonly children: ReactNode
}

/** The backdrop is ours: Radix's overlay locks scrolling through a <style> tag, which our CSP refuses. */
export const Backdrop = () => <div aria-hidden className="appear fixed inset-0 z-40 bg-backdrop" />

export const dialogClass =
  'appear fixed left-1/2 z-50 flex max-w-[calc(100vw-32px)] -translate-x-1/2 flex-col rounded border border-line bg-surface-2 shadow-overlay outline-none'

export function Dialog({ open, onClose, title, description, size = 'medium', footer, children }: DialogProps) {
  const focus = useDialogFocus()
  return (
    <Radix.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <Radix.Portal>
        <Backdrop />
        <Radix.Content
          data-modal=""
          aria-modal="true"
          {...focus}
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
          className={clsx(dialogClass, widths[size], 'top-[10vh] max-h-[80vh]')}
        >
          <header className="flex items-start gap-2 border-b border-line py-2 pr-2 pl-4">
            <div className="min-w-0 flex-1 py-0.5">
              <Radix.Title className="text-title font-semibold">{title}</Radix.Title>
              {description === undefined ? null : (
                <Radix.Description className="text-secondary text-muted">{description}</Radix.Description>
              )}
            </div>
            <IconButton icon={X} label="Close" shortcut="Esc" onClick={onClose} />
          </header>
          <div data-dialog-body="" className="min-h-0 flex-1 overflow-auto p-4">
            {children}
          </div>
          {footer === undefined ? null : (
            <footer className="flex items-center justify-end gap-2 border-t border-line px-4 py-2">{footer}</footer>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
