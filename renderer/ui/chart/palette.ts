import { useSyncExternalStore } from 'react'

export type Palette = {
  /** A canvas colour for a CSS variable such as `--series-1`. */
  readonly color: (variable: string) => string
  readonly font: string
}

/** Colours as a canvas needs them: variables hold light-dark(), which only a property of an element resolves. */
export function paletteOf(element: HTMLElement): Palette {
  const probe = document.createElement('span')
  probe.hidden = true
  element.append(probe)
  const known = new Map<string, string>()
  const color = (variable: string) => {
    const cached = known.get(variable)
    if (cached !== undefined) return cached
    element.append(probe)
    probe.style.color = `var(${variable})`
    const resolved = getComputedStyle(probe).color
    probe.remove()
    known.set(variable, resolved)
    return resolved
  }
  const font = `11px ${getComputedStyle(element).fontFamily}`
  probe.remove()
  return { color, font }
}

/** A canvas colour with another opacity (0–1); takes the `rgb(r, g, b)` that a computed style gives. */
export const faded = (color: string, opacity: number): string =>
  color.startsWith('rgb(') ? color.replace('rgb(', 'rgba(').replace(')', `, ${opacity})`) : color

const schemes = ['(prefers-color-scheme: dark)', '(forced-colors: active)'] as const

function subscribe(listener: () => void): () => void {
  const observer = new MutationObserver(listener)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  const queries = schemes.map((scheme) => matchMedia(scheme))
  for (const query of queries) query.addEventListener('change', listener)
  return () => {
    observer.disconnect()
    for (const query of queries) query.removeEventListener('change', listener)
  }
}

const schemeNow = (): string =>
  [document.documentElement.dataset.theme ?? 'system', ...schemes.map((scheme) => matchMedia(scheme).matches)].join()

/** Changes whenever colours do: draw canvases again then. */
export const useColorScheme = (): string => useSyncExternalStore(subscribe, schemeNow)
