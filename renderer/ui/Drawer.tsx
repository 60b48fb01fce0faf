import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { IconButton } from './Button.tsx'
import { Backdrop } from './Dialog.tsx'
import { useDialogFocus } from './dialog-focus.ts'

export type DrawerProps = {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: ReactNode
  readonly footer?: ReactNode
  readonly width?: number | undefined
  readonly children: ReactNode
}

/** A sheet from the right, for a form or a peek that needs height. */
export function Drawer({ open, onClose, title, footer, width = 520, children }: DrawerProps) {
  const focus = useDialogFocus()
  return (
    <Radix.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <Radix.Portal>
        <Backdrop />
        <Radix.Content
          data-modal=""
          aria-modal="true"
          {...focus}
          aria-describedby={undefined}
          className="appear fixed inset-y-0 right-0 z-50 flex max-w-[calc(100vw-48px)] flex-col border-l border-line bg-surface-2 shadow-overlay outline-none"
          style={{ width }}
        >
          <header className="flex h-11 shrink-0 items-center gap-2 border-b border-line pr-2 pl-4">
            <Radix.Title className="min-w-0 flex-1 truncate text-title font-semibold">{title}</Radix.Title>
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
