import { Search, Siren, UserRound } from 'lucide-react'
import { Button } from '../ui/Button.tsx'
import { Kbd } from '../ui/Kbd.tsx'
import { Menu, type MenuItem } from '../ui/Menu.tsx'
import { ConnectionHealth, type ConnectionState } from './ConnectionHealth.tsx'
import { type Environment, EnvironmentScope } from './EnvironmentScope.tsx'
import { openHelp, openPalette } from './overlays.ts'
import { TimeRangePicker } from './TimeRangePicker.tsx'
import { setTheme, themes, useThemeStore } from './theme.ts'

export type Identity = {
  readonly name: string
  /** Roles, and how they came in, in words. */
  readonly role: string
  /** An administrator by an emergency, for a while. */
  readonly elevated?: boolean | undefined
  /** What they can do to their own session. */
  readonly items?: readonly MenuItem[] | undefined
}

export type TopBarProps = {
  readonly workspace: string
  readonly identity: Identity
  readonly environments: readonly Environment[]
  readonly connections: readonly ConnectionState[]
  readonly onOpenConnection?: ((id: string) => void) | undefined
}

const themeNames = { system: 'Theme of the system', light: 'Light theme', dark: 'Dark theme' } as const

function Mark() {
  return (
    <svg aria-hidden="true" width="18" height="18" viewBox="0 0 18 18" className="shrink-0 text-accent">
      <rect x="1" y="1" width="16" height="16" rx="4" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M5.5 13V5h5M5.5 9h4" fill="none" stroke="currentColor" strokeWidth="1.7" />
      <circle cx="12" cy="11.5" r="1.5" fill="currentColor" />
    </svg>
  )
}

function IdentityMenu({ identity }: { readonly identity: Identity }) {
  const theme = useThemeStore((store) => store.theme)
  return (
    <Menu
      label="You"
      align="end"
      trigger={
        <Button
          kind="ghost"
          icon={identity.elevated === true ? Siren : UserRound}
          aria-label={`${identity.name}, ${identity.role}`}
          className={identity.elevated === true ? 'text-high' : undefined}
        >
          <span className="max-w-28 truncate">{identity.name}</span>
        </Button>
      }
      items={[
        { kind: 'heading', id: 'role', label: `${identity.name} · ${identity.role}` },
        ...(identity.items ?? []),
        { kind: 'separator', id: 'first' },
        ...themes.map((candidate) => ({
          kind: 'check' as const,
          id: candidate,
          label: themeNames[candidate],
          checked: theme === candidate,
          onChange: () => setTheme(candidate),
        })),
        { kind: 'separator', id: 'second' },
        { id: 'help', label: 'Keyboard', shortcut: '?', run: openHelp },
      ]}
    />
  )
}

export function TopBar({ workspace, identity, environments, connections, onOpenConnection }: TopBarProps) {
  return (
    <header
      data-region="Top bar"
      className="flex h-10 shrink-0 items-center gap-1 border-b border-line bg-surface-1 px-3"
    >
      <Mark />
      <span className="ml-1 max-w-48 truncate font-semibold">{workspace}</span>
      <span aria-hidden className="mx-1 h-4 w-px bg-line" />
      <EnvironmentScope environments={environments} />
      <div className="flex min-w-0 flex-1 justify-center px-2">
        <button
          type="button"
          onClick={openPalette}
          aria-keyshortcuts="Control+k"
          className="flex h-7 w-full max-w-96 min-w-0 items-center gap-2 rounded border border-line bg-surface-0 px-2 text-muted hover:border-control"
        >
          <Search aria-hidden size={14} strokeWidth={1.75} className="shrink-0" />
          <span className="min-w-0 flex-1 truncate text-left">Search or run a command</span>
          <Kbd shortcut="Mod+K" />
        </button>
      </div>
      <TimeRangePicker />
      <span aria-hidden className="mx-1 h-4 w-px bg-line" />
      <ConnectionHealth connections={connections} onOpen={onOpenConnection} />
      <IdentityMenu identity={identity} />
    </header>
  )
}
