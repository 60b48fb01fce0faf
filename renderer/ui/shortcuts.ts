/** One key press of a shortcut. `mod` is ⌘ on macOS and Ctrl elsewhere. */
export type Chord = {
  readonly key: string
  readonly mod: boolean
  readonly alt: boolean
  readonly shift: boolean
}

export type KeyPress = {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
}

const named: Readonly<Record<string, string>> = { space: ' ', esc: 'Escape', plus: '+' }

function parseChord(text: string): Chord {
  const parts = text.split('+')
  const last = parts.pop() ?? ''
  const modifiers = parts.map((part) => part.toLowerCase())
  const unknown = modifiers.find((modifier) => !['mod', 'alt', 'shift'].includes(modifier))
  if (last === '' || unknown !== undefined) throw new TypeError(`Not a shortcut: ${text}`)
  const key = named[last.toLowerCase()] ?? (last.length === 1 ? last.toLowerCase() : last)
  return {
    key,
    mod: modifiers.includes('mod'),
    alt: modifiers.includes('alt'),
    shift: modifiers.includes('shift'),
  }
}

/** Parses `Mod+K`, `F6`, `?`, `Shift+X` or a sequence such as `g o` (chords separated by blanks). */
export const parseShortcut = (text: string): readonly Chord[] => text.trim().split(/\s+/).map(parseChord)

const isSymbol = (key: string): boolean => key.length === 1 && !/[\p{L}\p{N} ]/u.test(key)

/** Whether a key press is this chord. Symbols such as `?` ignore Shift, because layouts disagree about needing it. */
export function pressMatches(press: KeyPress, chord: Chord, mac: boolean): boolean {
  const mod = mac ? press.metaKey : press.ctrlKey
  const otherMod = mac ? press.ctrlKey : press.metaKey
  if (mod !== chord.mod || otherMod || press.altKey !== chord.alt) return false
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key
  if (key !== chord.key) return false
  return isSymbol(chord.key) || press.shiftKey === chord.shift
}

/** Works while typing: it has a modifier or is a function key. Single keys do not. */
export const worksInText = (chord: Chord): boolean => chord.mod || chord.alt || /^F\d{1,2}$/.test(chord.key)

const macNames: Readonly<Record<string, string>> = { mod: '⌘', alt: '⌥', shift: '⇧' }
const plainNames: Readonly<Record<string, string>> = { mod: 'Ctrl', alt: 'Alt', shift: 'Shift' }
const keyNames: Readonly<Record<string, string>> = {
  ' ': 'Space',
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
}

function chordKeys(chord: Chord, mac: boolean): readonly string[] {
  const names = mac ? macNames : plainNames
  const modifiers = (['mod', 'alt', 'shift'] as const).filter((modifier) => chord[modifier])
  const alone = modifiers.length === 0
  const key = keyNames[chord.key] ?? (chord.key.length === 1 && !alone ? chord.key.toUpperCase() : chord.key)
  return [...modifiers.map((modifier) => names[modifier] ?? modifier), key]
}

/** The key caps of each chord, for display: `[['Ctrl', 'K']]`, `[['g'], ['o']]`. */
export const shortcutKeys = (text: string, mac: boolean): readonly (readonly string[])[] =>
  parseShortcut(text).map((chord) => chordKeys(chord, mac))

/** The value of `aria-keyshortcuts` (WAI-ARIA 1.2); empty for sequences, which it cannot express. */
export function ariaShortcut(text: string, mac: boolean): string | undefined {
  const [chord, ...rest] = parseShortcut(text)
  if (chord === undefined || rest.length > 0) return undefined
  const modifiers = [chord.mod ? (mac ? 'Meta' : 'Control') : '', chord.alt ? 'Alt' : '', chord.shift ? 'Shift' : '']
  return [...modifiers.filter(Boolean), chord.key === ' ' ? 'Space' : chord.key].join('+')
}

export type SequenceStep = 'none' | 'prefix' | 'match'

/** How far the recent presses have come along a shortcut; the last press decides. */
export function sequenceStep(presses: readonly KeyPress[], chords: readonly Chord[], mac: boolean): SequenceStep {
  if (presses.length === 0 || presses.length > chords.length) return 'none'
  const fits = presses.every((press, at) => {
    const chord = chords[at]
    return chord !== undefined && pressMatches(press, chord, mac)
  })
  if (!fits) return 'none'
  return presses.length === chords.length ? 'match' : 'prefix'
}

type PlatformHint = { readonly platform?: string }

export const isMac = (): boolean => /mac/i.test((globalThis.navigator as PlatformHint | undefined)?.platform ?? '')
