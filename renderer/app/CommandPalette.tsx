import { Command as Cmdk } from 'cmdk'
import { Search } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { useEffect, useRef, useState } from 'react'
import { type Command, useVisibleCommands } from '../ui/commands.ts'
import { Backdrop, dialogClass } from '../ui/Dialog.tsx'
import { useDialogFocus } from '../ui/dialog-focus.ts'
import { Kbd } from '../ui/Kbd.tsx'
import { useOverlays } from './overlays.ts'
import { type ResourceHit, useResourceSearch } from './resources.ts'

const close = () => useOverlays.setState({ palette: false })
const itemClass =
  'flex min-h-8 items-center gap-2 rounded-sm px-2 select-none data-[selected=true]:bg-selected aria-disabled:text-muted'
const groupClass =
  '[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-label [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-muted'

/** Closes the palette, then runs: the focus goes back first, so that a command may move it. */
type Choose = (run: () => void) => void

function CommandItem({ command, choose }: { readonly command: Command; readonly choose: Choose }) {
  const { id, title, area, keywords = '', shortcut, disabledReason, run } = command
  const disabled = disabledReason !== undefined
  return (
    <Cmdk.Item
      value={id}
      keywords={[title, area, keywords]}
      disabled={disabled}
      onSelect={() => choose(run)}
      className={itemClass}
    >
      <span className="min-w-0 flex-1 truncate">{title}</span>
      {disabled ? <span className="truncate text-secondary">{disabledReason}</span> : null}
      {shortcut === undefined ? null : <Kbd shortcut={shortcut} />}
    </Cmdk.Item>
  )
}

function HitItem({ hit, choose }: { readonly hit: ResourceHit; readonly choose: Choose }) {
  const Icon = hit.icon
  return (
    <Cmdk.Item forceMount value={`hit:${hit.id}`} onSelect={() => choose(hit.open)} className={itemClass}>
      {Icon === undefined ? null : <Icon aria-hidden size={14} className="shrink-0 text-muted" />}
      <span className="min-w-0 flex-1 truncate">{hit.title}</span>
      {hit.detail === undefined ? null : <span className="truncate text-secondary text-muted">{hit.detail}</span>}
    </Cmdk.Item>
  )
}

/** Every word counts, wherever it stands; a title that starts with the text comes first. */
function score(_: string, text: string, keywords: readonly string[] = []): number {
  const [title = ''] = keywords
  const whole = keywords.join(' ').toLowerCase()
  const words = text.toLowerCase().split(/\s+/)
  if (!words.every((word) => whole.includes(word))) return 0
  return title.toLowerCase().startsWith(text.toLowerCase())
    ? 1
    : title.toLowerCase().includes(text.toLowerCase())
      ? 0.8
      : 0.5
}

function Palette({ choose }: { readonly choose: Choose }) {
  const [text, setText] = useState('')
  const commands = useVisibleCommands()
  const { groups, busy } = useResourceSearch(text)
  const areas = Map.groupBy(commands, (command) => command.area)
  const [chosen, setChosen] = useState('')
  // What is found later than the text was typed is chosen only where nothing else was: Enter must not change its mind.
  const first = groups[0]?.hits[0]?.id
  useEffect(() => {
    if (first !== undefined) setChosen((present) => (present === '' ? `hit:${first}` : present))
  }, [first])
  return (
    <Cmdk
      label="Commands, screens and resources"
      loop
      filter={score}
      value={chosen}
      onValueChange={(value: string | undefined) => setChosen(value ?? '')}
      className="flex min-h-0 flex-col"
    >
      <div data-dialog-body="" className="flex h-11 items-center gap-2 border-b border-line px-3">
        <Search aria-hidden size={16} className="text-muted" />
        <Cmdk.Input
          value={text}
          onValueChange={setText}
          placeholder="Run a command, go to a screen, find anything…"
          className="h-full flex-1 bg-transparent outline-none"
        />
        {busy ? <span className="text-secondary text-muted">searching…</span> : null}
        <Kbd shortcut="Esc" />
      </div>
      <Cmdk.List className="max-h-[min(420px,60vh)] overflow-auto p-1">
        <Cmdk.Empty className="p-6 text-center text-muted">Nothing is called that.</Cmdk.Empty>
        {groups.map((group) => (
          <Cmdk.Group key={group.id} forceMount heading={group.title} className={groupClass}>
            {group.hits.map((hit) => (
              <HitItem key={hit.id} hit={hit} choose={choose} />
            ))}
          </Cmdk.Group>
        ))}
        {[...areas].map(([area, members]) => (
          <Cmdk.Group key={area} heading={area} className={groupClass}>
            {members.map((command) => (
              <CommandItem key={command.id} command={command} choose={choose} />
            ))}
          </Cmdk.Group>
        ))}
      </Cmdk.List>
    </Cmdk>
  )
}

export function CommandPalette() {
  const open = useOverlays((store) => store.palette)
  const chosen = useRef<(() => void) | null>(null)
  const focus = useDialogFocus(() => {
    chosen.current?.()
    chosen.current = null
  })
  const choose: Choose = (run) => {
    chosen.current = run
    close()
  }
  return (
    <Radix.Root open={open} onOpenChange={(palette) => useOverlays.setState({ palette })}>
      <Radix.Portal>
        <Backdrop />
        <Radix.Content
          data-modal=""
          {...focus}
          aria-modal="true"
          aria-describedby={undefined}
          className={`${dialogClass} top-[12vh] w-[640px] overflow-hidden`}
        >
          <Radix.Title className="sr-only">Command palette</Radix.Title>
          <Palette choose={choose} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
