import { ArrowDown, ArrowUp, Copy, Lock, LockOpen, Pencil, Trash2, X } from 'lucide-react'
import type { Environment } from '#preload/deployment/environments.ts'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { HealthMark } from '#renderer/ui/HealthMark.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { type Tab, Tabs } from '#renderer/ui/Tabs.tsx'
import { CompareTab } from './CompareTab.tsx'
import { ConfigurationTab } from './ConfigurationTab.tsx'
import type { EnvironmentActions } from './environment-actions.ts'
import { type EnvironmentTab, tabs } from './environment-search.ts'
import { FreezeMark, LockMark } from './HoldMark.tsx'
import { OverviewTab } from './OverviewTab.tsx'
import { PolicyTab } from './PolicyTab.tsx'
import type { EnvironmentForbidden } from './queries.ts'
import { SecretsTab } from './SecretsTab.tsx'

type EnvironmentDetailProps = {
  readonly environment: Environment
  readonly all: readonly Environment[]
  readonly actions: EnvironmentActions
  readonly forbidden: EnvironmentForbidden
  readonly tab: EnvironmentTab
  readonly onTab: (tab: EnvironmentTab) => void
  readonly other: string | undefined
  readonly onOther: (name: string) => void
  /** Why the last change failed; null when it did not. */
  readonly error: unknown
}

type HeaderProps = Pick<EnvironmentDetailProps, 'environment' | 'actions' | 'forbidden' | 'all'>

function Header({ environment, actions, forbidden, all }: HeaderProps) {
  const { name, lock, frozen } = environment
  const place = all.findIndex((other) => other.name === name)
  return (
    <header className="flex flex-col gap-2 px-3 py-2">
      <div className="flex items-center gap-2">
        <h2 className="min-w-0 flex-1 truncate text-title font-semibold">
          <SafeText text={name} oneLine />
        </h2>
        <HealthMark status={environment.health.status} />
        <IconButton
          icon={ArrowUp}
          label="Move up"
          shortcut="Shift+K"
          disabled={place === 0}
          forbidden={forbidden('environments.move')}
          onClick={() => actions.move(environment, -1)}
        />
        <IconButton
          icon={ArrowDown}
          label="Move down"
          shortcut="Shift+J"
          disabled={place === all.length - 1}
          forbidden={forbidden('environments.move')}
          onClick={() => actions.move(environment, 1)}
        />
        <IconButton icon={X} label="Close" shortcut="Esc" onClick={actions.close} />
      </div>
      {lock === null && frozen === null ? null : (
        <div className="flex flex-wrap gap-x-3 gap-y-1">
          <LockMark lock={lock} />
          {frozen === null ? null : <FreezeMark frozen={frozen} nextFreeze={null} />}
        </div>
      )}
      <div className="flex flex-wrap gap-2">
        <Button
          icon={Pencil}
          shortcut="e"
          forbidden={forbidden('environments.update')}
          onClick={() => actions.edit(environment)}
        >
          Edit
        </Button>
        <Button
          icon={lock === null ? Lock : LockOpen}
          shortcut="l"
          forbidden={forbidden(lock === null ? 'environments.lock' : 'environments.unlock')}
          onClick={() => actions.toggleLock(environment)}
        >
          {lock === null ? 'Lock' : 'Unlock'}
        </Button>
        <Button
          icon={Copy}
          shortcut="Shift+C"
          forbidden={forbidden('environments.clone')}
          onClick={() => actions.clone(environment)}
        >
          Clone
        </Button>
        <Button
          icon={Trash2}
          kind="danger"
          shortcut="Delete"
          forbidden={forbidden('environments.remove')}
          onClick={() => actions.remove(environment)}
        >
          Remove
        </Button>
      </div>
    </header>
  )
}

function panelsOf({ environment, all, actions, forbidden, other, onOther }: EnvironmentDetailProps): readonly Tab[] {
  const { layers, secrets } = environment
  return [
    { id: 'overview', label: 'Overview', panel: <OverviewTab environment={environment} /> },
    {
      id: 'configuration',
      label: 'Configuration',
      count: layers.length,
      panel: <ConfigurationTab environment={environment} forbidden={forbidden('environments.update')} />,
    },
    {
      id: 'secrets',
      label: 'Secrets',
      count: secrets.length,
      panel: <SecretsTab environment={environment} forbidden={forbidden} />,
    },
    {
      id: 'policy',
      label: 'Policy',
      panel: <PolicyTab environment={environment} actions={actions} forbidden={forbidden} />,
    },
    {
      id: 'compare',
      label: 'Compare',
      panel: <CompareTab environment={environment} all={all} other={other} onOther={onOther} />,
    },
  ]
}

export function EnvironmentDetail(props: EnvironmentDetailProps) {
  const { environment, error, tab, onTab } = props
  const turn = (id: string) => {
    const found = tabs.find((candidate) => candidate === id)
    if (found !== undefined) onTab(found)
  }
  return (
    <div className="flex h-full flex-col">
      <Header {...props} />
      {error === null ? null : (
        <div className="p-3 pt-0">
          <ErrorPanel title="Nothing was changed." error={error} />
        </div>
      )}
      <Tabs key={environment.name} label="Environment" tabs={panelsOf(props)} value={tab} onChange={turn} />
    </div>
  )
}
