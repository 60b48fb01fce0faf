/** The pure side of a draggable divider: sizes in pixels of the pane it sizes. */
export type DividerLimits = { readonly min: number; readonly max: number }

export const clampSize = (size: number, { min, max }: DividerLimits): number =>
  Math.round(Math.min(Math.max(size, min), Math.max(min, max)))

/** The size after a key of the WAI-ARIA window splitter pattern, or null when the key is not one of them. */
export function sizeAfterKey(
  key: string,
  size: number,
  limits: DividerLimits,
  axis: { readonly shrink: string; readonly grow: string; readonly step: number },
): number | null {
  if (key === axis.shrink) return clampSize(size - axis.step, limits)
  if (key === axis.grow) return clampSize(size + axis.step, limits)
  if (key === 'Home') return limits.min
  if (key === 'End') return clampSize(limits.max, limits)
  return null
}

/** A remembered number, if this window has one. Storage may be refused (private windows); nothing is remembered then. */
export function recallSize(key: string): number | null {
  try {
    const size = Number.parseFloat(localStorage.getItem(`size:${key}`) ?? '')
    return Number.isFinite(size) ? size : null
  } catch {
    return null
  }
}

export function rememberSize(key: string, size: number): void {
  try {
    localStorage.setItem(`size:${key}`, String(size))
  } catch {
    // The divider works without memory.
  }
}
