/** The region that F6 goes to next, around the corner; -1 from outside starts at the first (or last, backwards). */
export function nextRegion(current: number, count: number, backwards: boolean): number {
  if (count === 0) return -1
  if (current === -1) return backwards ? count - 1 : 0
  return (current + (backwards ? count - 1 : 1)) % count
}

const focusable =
  'a[href]:not([tabindex="-1"]), button:not(:disabled):not([tabindex="-1"]), input:not(:disabled):not([tabindex="-1"]), select:not(:disabled), textarea:not(:disabled), [tabindex="0"]'

const isShown = (element: HTMLElement): boolean => element.checkVisibility()

const regionsShown = (): readonly HTMLElement[] =>
  [...document.querySelectorAll<HTMLElement>('[data-region]')].filter(isShown)

/** The regions of nested ones that directly hold the element: the innermost. */
function regionOf(element: Element | null, regions: readonly HTMLElement[]): number {
  const own = element?.closest<HTMLElement>('[data-region]') ?? null
  return own === null ? -1 : regions.indexOf(own)
}

const lastFocus = new WeakMap<HTMLElement, HTMLElement>()

/** Remembers where the focus was in each region, so that F6 comes back to it. Returns the removal. */
export function rememberRegionFocus(): () => void {
  const onFocus = (event: FocusEvent) => {
    if (!(event.target instanceof HTMLElement)) return
    const region = event.target.closest<HTMLElement>('[data-region]')
    if (region !== null) lastFocus.set(region, event.target)
  }
  document.addEventListener('focusin', onFocus)
  return () => document.removeEventListener('focusin', onFocus)
}

function enter(region: HTMLElement): void {
  const remembered = lastFocus.get(region)
  const target =
    remembered?.isConnected === true && region.contains(remembered) && isShown(remembered)
      ? remembered
      : (region.querySelector<HTMLElement>('[data-roving][tabindex="0"]') ??
        [...region.querySelectorAll<HTMLElement>(focusable)].find(isShown))
  if (target !== undefined && target !== null) {
    target.focus()
    return
  }
  region.tabIndex = -1
  region.focus()
}

/** Moves the focus to the next region of the screen (elements with `data-region="Name"`). */
export function cycleRegion(backwards = false): void {
  const regions = regionsShown()
  const next = regions[nextRegion(regionOf(document.activeElement, regions), regions.length, backwards)]
  if (next !== undefined) enter(next)
}
