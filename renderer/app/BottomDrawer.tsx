import { X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { IconButton } from '../ui/Button.tsx'
import { Divider } from '../ui/Divider.tsx'
import { recallSize, rememberSize } from '../ui/divider.ts'
import { openDrawer, useOverlays } from './overlays.ts'

export type DrawerTab = { readonly id: string; readonly title: string; readonly panel: ReactNode }

const limits = () => ({ min: 120, max: window.innerHeight - 240 })

/** Terminals and running jobs, from every screen. Panels stay mounted while the drawer is closed. */
export function BottomDrawer({ tabs }: { readonly tabs: readonly DrawerTab[] }) {
  const open = useOverlays((store) => store.drawer)
  const [height, setHeight] = useState(() => recallSize('drawer') ?? 260)
  const resize = (next: number) => {
    setHeight(next)
    rememberSize('drawer', next)
  }
  if (tabs.length === 0) return null
  const shown = tabs.some(({ id }) => id === open)
  return (
    <section
      aria-label="Drawer"
      data-region="Drawer"
      hidden={!shown}
      className="flex shrink-0 flex-col not-hidden:flex"
    >
      <Divider label="Resize the drawer" edge="top" size={height} limits={limits} onSize={resize} />
      <div className="flex h-8 shrink-0 items-center border-b border-line bg-surface-1 pr-1 pl-2">
        <div role="tablist" aria-label="Drawer" className="flex h-full flex-1 gap-1">
          {tabs.map((tab) => (
            <button
              key={tab.id}
              type="button"
              role="tab"
              aria-selected={tab.id === open}
              onClick={() => openDrawer(tab.id)}
              className="h-full border-b-2 border-transparent px-2 text-muted hover:text-fg aria-selected:border-accent aria-selected:text-fg"
            >
              {tab.title}
            </button>
          ))}
        </div>
        <IconButton size={24} icon={X} label="Close the drawer" shortcut="Mod+J" onClick={() => openDrawer(null)} />
      </div>
      <div className="min-h-0 overflow-auto" style={{ height }}>
        {tabs.map((tab) => (
          <div key={tab.id} hidden={tab.id !== open} className="h-full">
            {tab.panel}
          </div>
        ))}
      </div>
    </section>
  )
}
