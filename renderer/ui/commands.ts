import { useEffect, useRef } from 'react'
import { create } from 'zustand'
import { type Chord, isMac, type KeyPress, parseShortcut, sequenceStep, worksInText } from './shortcuts.ts'

/** One action of the product: it appears in the palette and in `?`, and its shortcut works while it is registered. */
export type Command = {
  readonly id: string
  readonly title: string
  /** Heading in the palette and in the help: an area, `Navigation`, `View` or the screen's name. */
  readonly area: string
  /** Other words by which the palette finds it. */
  readonly keywords?: string | undefined
  readonly shortcut?: string | undefined
  /** False hides the command and frees its shortcut. */
  readonly when?: (() => boolean) | undefined
  /** Why it cannot be done now; the command stays visible, greyed, and says so. */
  readonly disabledReason?: string | undefined
  readonly run: () => void
}

type CommandStore = { readonly groups: ReadonlyMap<symbol, readonly Command[]> }

export const useCommandStore = create<CommandStore>(() => ({ groups: new Map() }))

function put(owner: symbol, commands: readonly Command[] | undefined): void {
  useCommandStore.setState(({ groups }) => {
    const next = new Map(groups)
    if (commands === undefined) next.delete(owner)
    else next.set(owner, commands)
    return { groups: next }
  })
}

const face = ({ id, title, area, shortcut, disabledReason }: Command): string =>
  [id, title, area, shortcut, disabledReason].join('\u0000')

/** Registers commands while the component is mounted. Give `run` fresh closures freely: the latest ones are called. */
export function useCommands(commands: readonly Command[]): void {
  const latest = useRef(commands)
  latest.current = commands
  const key = commands.map(face).join('\u0001')
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for everything of the commands that is shown
  useEffect(() => {
    const owner = Symbol('commands')
    const registered = latest.current.map((command, at) => ({
      ...command,
      run: () => latest.current[at]?.run(),
      when: () => latest.current[at]?.when?.() ?? true,
    }))
    put(owner, registered)
    return () => put(owner, undefined)
  }, [key])
}

/** Every command that can be seen now; of two with one id the one registered last counts. */
export function visibleCommands(groups: CommandStore['groups']): readonly Command[] {
  const byId = new Map<string, Command>()
  for (const group of groups.values())
    for (const command of group) if (command.when?.() ?? true) byId.set(command.id, command)
  return [...byId.values()]
}

export function useVisibleCommands(): readonly Command[] {
  return visibleCommands(useCommandStore((store) => store.groups))
}

type Registered = { readonly command: Command; readonly chords: readonly Chord[] }

const registered = (): readonly Registered[] =>
  visibleCommands(useCommandStore.getState().groups)
    .flatMap((command) =>
      command.shortcut === undefined ? [] : [{ command, chords: parseShortcut(command.shortcut) }],
    )
    // A screen registers after the shell, and wins.
    .reverse()

/** Where letters are text, or keys belong to a program of its own. */
export function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false
  if (target.closest('.xterm, [contenteditable="true"], [contenteditable=""], .cm-editor') !== null) return true
  if (target instanceof HTMLInputElement)
    return !['checkbox', 'radio', 'button', 'submit', 'range', 'color', 'file'].includes(target.type)
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
}

const sequenceTimeout = 1_200

/** A pure step of the key handler: what the presses so far amount to. */
export function decidePress(
  presses: readonly KeyPress[],
  known: readonly Registered[],
  options: { readonly typing: boolean; readonly mac: boolean },
): { readonly kind: 'run'; readonly command: Command } | { readonly kind: 'wait' } | { readonly kind: 'none' } {
  const usable = known.filter(({ chords }) => !options.typing || chords.every(worksInText))
  const steps = usable.map((entry) => ({ entry, step: sequenceStep(presses, entry.chords, options.mac) }))
  const match = steps.find(({ step }) => step === 'match')
  if (match !== undefined) return { kind: 'run', command: match.entry.command }
  return steps.some(({ step }) => step === 'prefix') ? { kind: 'wait' } : { kind: 'none' }
}

const isModifier = (key: string): boolean => ['Shift', 'Control', 'Alt', 'Meta', 'AltGraph'].includes(key)

/** Installs the one key handler of the window; returns its removal. Modal dialogs keep their keys to themselves. */
export function listenForShortcuts(target: Window): () => void {
  let presses: readonly KeyPress[] = []
  let timer: ReturnType<typeof setTimeout> | undefined

  const forget = () => {
    presses = []
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || isModifier(event.key)) return
    if (document.querySelector('[data-modal]') !== null) return
    clearTimeout(timer)
    const options = { typing: takesText(event.target), mac: isMac() }
    const known = registered()
    const decide = (candidate: readonly KeyPress[]) => ({ candidate, decision: decidePress(candidate, known, options) })
    const continued = decide([...presses, event])
    const { candidate, decision } = continued.decision.kind === 'none' ? decide([event]) : continued
    forget()
    if (decision.kind === 'none') return
    event.preventDefault()
    if (decision.kind === 'run') {
      if (decision.command.disabledReason === undefined) decision.command.run()
      return
    }
    presses = candidate
    timer = setTimeout(forget, sequenceTimeout)
  }
  target.addEventListener('keydown', onKeyDown)
  return () => {
    clearTimeout(timer)
    target.removeEventListener('keydown', onKeyDown)
  }
}

export function useShortcutKeys(): void {
  useEffect(() => listenForShortcuts(window), [])
}
