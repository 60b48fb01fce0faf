import { useRef } from 'react'

const firstControl = '[data-dialog-body] :is(input, select, textarea, button, a[href]):not(:disabled)'

function focusOr(element: Element | null | undefined, fallback: string): void {
  const target = element?.isConnected === true ? element : document.querySelector(fallback)
  if (target instanceof HTMLElement) target.focus()
}

/** What had the focus; for a menu item, which is gone by then, the button of its menu. */
function focusedNow(): Element | null {
  const focused = document.activeElement
  const trigger = focused?.closest('[role="menu"]')?.getAttribute('aria-labelledby')
  return trigger === null || trigger === undefined ? focused : document.getElementById(trigger)
}

/**
 * Where the focus goes when a dialog opens and closes. Radix gives it back only to a trigger of its own, and ours are
 * opened by commands and keys. On opening, the first control of the content takes it, else the sheet — never the Close
 * button, whose tooltip would open with it and take the first Esc.
 */
export function useDialogFocus(afterClose?: () => void) {
  const before = useRef<Element | null>(null)
  return {
    onOpenAutoFocus: (event: Event) => {
      event.preventDefault()
      before.current = focusedNow()
      const sheet = event.currentTarget
      if (!(sheet instanceof HTMLElement)) return
      const target = sheet.querySelector<HTMLElement>(firstControl) ?? sheet
      target.focus()
    },
    onCloseAutoFocus: (event: Event) => {
      event.preventDefault()
      focusOr(before.current === document.body ? null : before.current, '#main')
      afterClose?.()
    },
  }
}
