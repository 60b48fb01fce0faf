import type { LucideIcon } from 'lucide-react'
import type { Tone } from '../ui/Badge.tsx'

/** One line of the left rail: a capability that has a screen. */
export type NavigationEntry = {
  readonly area: string
  readonly title: string
  readonly icon: LucideIcon
  readonly to: string
  /** A sequence such as `g a`. */
  readonly shortcut?: string | undefined
  readonly badge?: { readonly count: number; readonly tone?: Tone | undefined; readonly label: string } | undefined
}

/** Entries under their areas, in the order given. */
export const areasOf = (navigation: readonly NavigationEntry[]) => [...Map.groupBy(navigation, ({ area }) => area)]
