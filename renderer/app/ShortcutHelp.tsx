import { useVisibleCommands } from '../ui/commands.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { gridKeys } from '../ui/grid/motion.ts'
import { Kbd } from '../ui/Kbd.tsx'
import { useOverlays } from './overlays.ts'

type KeyGroup = {
  readonly title: string
  readonly keys: readonly { readonly shortcut: string; readonly title: string }[]
}

const headerKeys = [
  { shortcut: 'ArrowUp', title: 'From the first row: column headers' },
  { shortcut: 'Shift+ArrowRight', title: 'On a header: wider (← narrower)' },
]

function useKeyGroups(): readonly KeyGroup[] {
  const commands = useVisibleCommands()
  const withKeys = commands.flatMap(({ area, title, shortcut }) =>
    shortcut === undefined ? [] : [{ area, title, shortcut }],
  )
  const groups = [...Map.groupBy(withKeys, ({ area }) => area)].map(([title, keys]) => ({ title, keys }))
  const hasGrid = document.querySelector('[role="grid"]') !== null
  return hasGrid ? [...groups, { title: 'In lists', keys: [...gridKeys, ...headerKeys] }] : groups
}

function Keys() {
  return (
    // There may be more keys than fit, and nothing among them takes the focus that scrolls.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <div tabIndex={0} className="columns-2 gap-8">
      {useKeyGroups().map((group) => (
        <section key={group.title} className="mb-4 break-inside-avoid">
          <h3 className="mb-1 text-label font-medium text-muted">{group.title}</h3>
          <dl>
            {group.keys.map((entry) => (
              <div key={entry.shortcut + entry.title} className="flex min-h-6 items-center justify-between gap-3">
                <dt className="truncate">{entry.title}</dt>
                <dd>
                  <Kbd shortcut={entry.shortcut} />
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  )
}

/** The keys of this screen, out of the same registry that makes them work. */
export function ShortcutHelp() {
  const open = useOverlays((store) => store.help)
  return (
    <Dialog open={open} onClose={() => useOverlays.setState({ help: false })} title="Keyboard" size="large">
      <Keys />
    </Dialog>
  )
}
