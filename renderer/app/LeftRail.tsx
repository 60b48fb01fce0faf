import { Link } from '@tanstack/react-router'
import { clsx } from 'clsx'
import { PanelLeftClose, PanelLeftOpen } from 'lucide-react'
import { Badge } from '../ui/Badge.tsx'
import { IconButton } from '../ui/Button.tsx'
import { formatCompact } from '../ui/format.ts'
import { Tooltip } from '../ui/Tooltip.tsx'
import { areasOf, type NavigationEntry } from './navigation.ts'
import { toggleRail, useOverlays } from './overlays.ts'

const linkClass =
  'relative flex h-7 items-center gap-2 rounded px-2 text-muted hover:bg-hover hover:text-fg data-[status=active]:bg-selected data-[status=active]:font-medium data-[status=active]:text-accent'

function Entry({ entry, collapsed }: { readonly entry: NavigationEntry; readonly collapsed: boolean }) {
  const { icon: Icon, title, to, shortcut, badge } = entry
  const urgent = badge !== undefined && badge.count > 0
  return (
    <li>
      <Tooltip text={title} shortcut={shortcut} side="right">
        <Link
          to={to}
          activeOptions={{ exact: to === '/', includeSearch: false }}
          className={clsx(linkClass, collapsed && 'justify-center')}
        >
          <Icon aria-hidden size={15} strokeWidth={1.75} className="shrink-0" />
          <span className={collapsed ? 'sr-only' : 'min-w-0 flex-1 truncate'}>{title}</span>
          {urgent && !collapsed ? (
            <Badge tone={badge.tone}>
              {formatCompact(badge.count)}
              <span className="sr-only"> {badge.label}</span>
            </Badge>
          ) : null}
          {urgent && collapsed ? (
            <span aria-hidden className="absolute top-1 right-1.5 size-1.5 rounded-full bg-high" />
          ) : null}
        </Link>
      </Tooltip>
    </li>
  )
}

/** The areas and their capabilities. */
export function LeftRail({ navigation }: { readonly navigation: readonly NavigationEntry[] }) {
  const collapsed = useOverlays((store) => store.railCollapsed)
  return (
    <nav
      aria-label="Areas"
      data-region="Areas"
      className={clsx('flex shrink-0 flex-col border-r border-line bg-surface-1', collapsed ? 'w-12' : 'w-48')}
    >
      <div className="min-h-0 flex-1 overflow-y-auto px-2 py-2">
        {areasOf(navigation).map(([area, entries]) => (
          <section key={area} aria-label={area} className="mb-3">
            {collapsed || entries.every((entry) => entry.title === area) ? null : (
              <h2 className="px-2 pb-0.5 text-label font-medium text-muted">{area}</h2>
            )}
            <ul className="flex flex-col gap-px">
              {entries.map((entry) => (
                <Entry key={entry.to} entry={entry} collapsed={collapsed} />
              ))}
            </ul>
          </section>
        ))}
      </div>
      <div className={clsx('flex border-t border-line p-1', collapsed ? 'justify-center' : 'justify-end')}>
        <IconButton
          size={24}
          icon={collapsed ? PanelLeftOpen : PanelLeftClose}
          label={collapsed ? 'Widen the rail' : 'Narrow the rail'}
          shortcut="Mod+B"
          onClick={toggleRail}
        />
      </div>
    </nav>
  )
}
