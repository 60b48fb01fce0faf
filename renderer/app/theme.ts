import { create } from 'zustand'
import { persist } from 'zustand/middleware'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

type ThemeStore = { readonly theme: Theme }

const isTheme = (value: unknown): value is Theme => themes.some((theme) => theme === value)

export const useThemeStore = create<ThemeStore>()(
  persist(() => ({ theme: 'system' as Theme }), {
    name: 'theme',
    merge: (stored, current) => {
      const theme = typeof stored === 'object' && stored !== null ? Reflect.get(stored, 'theme') : undefined
      return isTheme(theme) ? { theme } : current
    },
  }),
)

export function setTheme(theme: Theme): void {
  useThemeStore.setState({ theme })
}

function apply({ theme }: ThemeStore): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

/** Puts the chosen theme on the document, now and whenever it changes. Call before the first render. */
export function startTheme(): void {
  apply(useThemeStore.getState())
  useThemeStore.subscribe(apply)
}
