import { describe, expect, it, vi } from 'vitest'
import { type Command, decidePress, visibleCommands } from './commands.ts'
import { type KeyPress, parseShortcut } from './shortcuts.ts'

const command = (id: string, shortcut?: string, more: Partial<Command> = {}): Command => ({
  id,
  title: id,
  area: 'Test',
  shortcut,
  run: vi.fn(),
  ...more,
})
const press = (key: string, ctrlKey = false): KeyPress => ({
  key,
  ctrlKey,
  metaKey: false,
  altKey: false,
  shiftKey: false,
})
const known = (...commands: readonly Command[]) =>
  commands.map((entry) => ({ command: entry, chords: parseShortcut(entry.shortcut ?? 'F12') }))
const still = { typing: false, mac: false }
const typing = { typing: true, mac: false }

describe('decidePress', () => {
  it('waits after the first key of a sequence, then runs it', () => {
    const go = command('go', 'g o')
    expect(decidePress([press('g')], known(go), still)).toEqual({ kind: 'wait' })
    expect(decidePress([press('g'), press('o')], known(go), still)).toEqual({ kind: 'run', command: go })
  })
  it('ignores single keys and sequences while somebody types, but not chords', () => {
    const palette = command('palette', 'Mod+K')
    expect(decidePress([press('g')], known(command('go', 'g o')), typing)).toEqual({ kind: 'none' })
    expect(decidePress([press('x')], known(command('select', 'x')), typing)).toEqual({ kind: 'none' })
    expect(decidePress([press('k', true)], known(palette), typing)).toEqual({ kind: 'run', command: palette })
  })
  it('prefers the command listed first when two claim one key', () => {
    const screen = command('screen', 'a')
    expect(decidePress([press('a')], known(screen, command('shell', 'a')), still)).toEqual({
      kind: 'run',
      command: screen,
    })
  })
})

describe('visibleCommands', () => {
  it('lets the later registration of an id win, and hides what does not apply', () => {
    const later = command('same', undefined, { title: 'later' })
    const hidden = command('hidden', undefined, { when: () => false })
    const groups = new Map([
      [Symbol('a'), [command('same'), hidden]],
      [Symbol('b'), [later]],
    ])
    expect(visibleCommands(groups)).toEqual([later])
  })
})
