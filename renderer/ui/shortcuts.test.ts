import { describe, expect, it } from 'vitest'
import {
  ariaShortcut,
  type KeyPress,
  parseShortcut,
  pressMatches,
  sequenceStep,
  shortcutKeys,
  worksInText,
} from './shortcuts.ts'

const press = (key: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
})
const only = (text: string) => {
  const [chord] = parseShortcut(text)
  if (chord === undefined) throw new TypeError('no chord')
  return chord
}

describe('shortcuts', () => {
  it('reads Mod as Ctrl, and as ⌘ on macOS', () => {
    expect(pressMatches(press('k', { ctrlKey: true }), only('Mod+K'), false)).toBe(true)
    expect(pressMatches(press('k', { ctrlKey: true }), only('Mod+K'), true)).toBe(false)
    expect(pressMatches(press('k', { metaKey: true }), only('Mod+K'), true)).toBe(true)
  })
  it('does not take a chord with more modifiers for one with fewer', () => {
    expect(pressMatches(press('k', { ctrlKey: true, shiftKey: true }), only('Mod+K'), false)).toBe(false)
    expect(pressMatches(press('k', { ctrlKey: true, altKey: true }), only('Mod+K'), false)).toBe(false)
    expect(pressMatches(press('k', { ctrlKey: true }), only('k'), false)).toBe(false)
  })
  it('takes a symbol with or without Shift, because layouts differ', () => {
    expect(pressMatches(press('?', { shiftKey: true }), only('?'), false)).toBe(true)
    expect(pressMatches(press('/', { shiftKey: true }), only('/'), false)).toBe(true)
  })
  it('tells Shift+X from x, also when the key arrives as a capital', () => {
    expect(pressMatches(press('X', { shiftKey: true }), only('Shift+X'), false)).toBe(true)
    expect(pressMatches(press('X', { shiftKey: true }), only('x'), false)).toBe(false)
  })
  it('follows a sequence key by key', () => {
    const chords = parseShortcut('g o')
    expect(sequenceStep([press('g')], chords, false)).toBe('prefix')
    expect(sequenceStep([press('g'), press('o')], chords, false)).toBe('match')
    expect(sequenceStep([press('g'), press('x')], chords, false)).toBe('none')
    expect(sequenceStep([press('o')], chords, false)).toBe('none')
  })
  it('keeps single keys out of text fields, and lets chords and function keys through', () => {
    expect(worksInText(only('x'))).toBe(false)
    expect(worksInText(only('Shift+X'))).toBe(false)
    expect(worksInText(only('?'))).toBe(false)
    expect(worksInText(only('Mod+K'))).toBe(true)
    expect(worksInText(only('F6'))).toBe(true)
  })
  it('shows the keys of the platform', () => {
    expect(shortcutKeys('Mod+Shift+P', false)).toEqual([['Ctrl', 'Shift', 'P']])
    expect(shortcutKeys('Mod+K', true)).toEqual([['⌘', 'K']])
    expect(shortcutKeys('g o', false)).toEqual([['g'], ['o']])
    expect(shortcutKeys('Space', false)).toEqual([['Space']])
  })
  it('tells assistive technology about chords', () => {
    expect(ariaShortcut('Mod+K', false)).toBe('Control+k')
    expect(ariaShortcut('g o', false)).toBeUndefined()
  })
  it('refuses a shortcut it cannot read', () => {
    expect(() => parseShortcut('Hyper+K')).toThrow(TypeError)
    expect(() => parseShortcut('Mod+')).toThrow(TypeError)
  })
})
