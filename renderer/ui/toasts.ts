import { create } from 'zustand'

export type Toast = {
  readonly id: number
  readonly tone: 'ok' | 'failed' | 'info'
  readonly text: string
  readonly action?: { readonly label: string; readonly run: () => void } | undefined
}

type ToastStore = { readonly toasts: readonly Toast[] }

export const useToastStore = create<ToastStore>(() => ({ toasts: [] }))

let last = 0
const shownAtOnce = 4

/** Announces what finished in the background; errors of what the user is looking at belong where they happened. */
export function toast(text: string, options: Partial<Pick<Toast, 'tone' | 'action'>> = {}): number {
  last += 1
  const made: Toast = { id: last, tone: options.tone ?? 'ok', text, action: options.action }
  useToastStore.setState(({ toasts }) => ({ toasts: [...toasts, made].slice(-shownAtOnce) }))
  return made.id
}

export function dismissToast(id: number): void {
  useToastStore.setState(({ toasts }) => ({ toasts: toasts.filter((candidate) => candidate.id !== id) }))
}
