import { useQuery } from '@tanstack/react-query'
import { asAppError } from '#preload/contract/error.ts'
import type { Preferences } from '#preload/lifecycle/operations.ts'
import { setTheme, themes, useThemeStore } from '#renderer/app/theme.ts'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { SegmentedControl } from '#renderer/ui/SegmentedControl.tsx'
import { Switch } from '#renderer/ui/Switch.tsx'
import { NameList } from './NameList.tsx'
import { QuietHours } from './QuietHours.tsx'
import { preferencesQuery, useForbidden, useOperationsLive, usePreferencesChange } from './queries.ts'

const themeNames = { system: 'As the system', light: 'Light', dark: 'Dark' } as const

function Appearance() {
  const theme = useThemeStore((store) => store.theme)
  return (
    <Section title="Appearance">
      <SegmentedControl
        label="Theme"
        segments={themes.map((value) => ({ value, label: themeNames[value] }))}
        value={theme}
        onChange={setTheme}
      />
    </Section>
  )
}

function Stored({ preferences }: { readonly preferences: Preferences }) {
  const change = usePreferencesChange()
  const forbidden = useForbidden()('operations.setPreferences')
  const at = change.error === null ? undefined : asAppError(change.error).at
  /** An error about one list stands at that list. */
  const errorAt = (field: 'watchedProcesses' | 'watchedUnits') =>
    at?.startsWith(field) ? asAppError(change.error).message : undefined
  const elsewhere = change.error !== null && !at?.startsWith('watched')
  const disabled = forbidden !== undefined
  return (
    <>
      {forbidden === undefined ? null : <p className="px-3 py-2 text-muted">{forbidden}</p>}
      {elsewhere ? (
        <div className="p-3">
          <ErrorPanel title="The preference was not saved." error={change.error} />
        </div>
      ) : null}
      <Section title="Alert notifications">
        <div className="flex flex-col items-start gap-2">
          <Switch
            label="Notify when a critical alert begins"
            checked={preferences.notifications}
            disabled={disabled}
            onChange={(notifications) => change.mutate({ notifications })}
          />
          <QuietHours
            quiet={preferences.quietHours}
            disabled={disabled || !preferences.notifications}
            onChange={(quietHours) => change.mutate({ quietHours })}
          />
        </div>
      </Section>
      <Section title="Watched on this machine">
        <div className="grid max-w-4xl gap-6 lg:grid-cols-2">
          <NameList
            label="Processes"
            noun="process"
            hint="A built-in alert fires when no process of this name runs."
            placeholder="postgres"
            names={preferences.watchedProcesses}
            busy={change.isPending}
            forbidden={forbidden}
            error={errorAt('watchedProcesses')}
            onChange={(names) => change.mutate({ watchedProcesses: [...names] })}
          />
          <NameList
            label="systemd units"
            noun="unit"
            hint="A built-in alert fires when the unit failed or is not active."
            placeholder="nginx.service"
            names={preferences.watchedUnits}
            busy={change.isPending}
            forbidden={forbidden}
            error={errorAt('watchedUnits')}
            onChange={(names) => change.mutate({ watchedUnits: [...names] })}
          />
        </div>
      </Section>
    </>
  )
}

export function PreferencesPage() {
  useOperationsLive()
  const query = useQuery(preferencesQuery)
  return (
    <div className="flex flex-col">
      <Appearance />
      <QueryView
        query={query}
        failure="The preferences could not be loaded."
        ready={(preferences) => <Stored preferences={preferences} />}
      />
    </div>
  )
}
