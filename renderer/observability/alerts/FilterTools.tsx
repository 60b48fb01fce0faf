import { Download, RotateCw } from 'lucide-react'
import { memo } from 'react'
import { SavedViews } from '#renderer/app/SavedViews.tsx'
import { IconButton } from '#renderer/ui/Button.tsx'
import { Menu } from '#renderer/ui/Menu.tsx'
import type { AlertSearch } from './alert-search.ts'
import { GroupPicker } from './GroupPicker.tsx'
import type { Forbidden } from './queries.ts'

export type FilterToolsProps = {
  readonly groupBy: readonly string[] | undefined
  readonly put: (change: AlertSearch) => void
  readonly apply: (saved: Readonly<Record<string, unknown>>) => void
  readonly forbidden: Forbidden
  readonly refreshing: boolean
  readonly onRefresh: () => void
  readonly onFold: (all: boolean) => void
  readonly onExport: (format: 'csv' | 'json') => void
  readonly onSaveView: () => void
}

const none: readonly string[] = []

function Tools(props: FilterToolsProps) {
  const { groupBy = none, put, apply, forbidden, refreshing, onRefresh, onFold, onExport, onSaveView } = props
  return (
    <>
      <GroupPicker groupBy={groupBy} onGroup={(labels) => put({ groupBy: labels })} onFold={onFold} />
      <SavedViews screen="alerts" onApply={apply} onSave={onSaveView} forbidden={forbidden} />
      <Menu
        label="Export"
        align="end"
        trigger={<IconButton icon={Download} label="Export" />}
        items={[
          { id: 'csv', label: 'CSV', run: () => onExport('csv') },
          { id: 'json', label: 'JSON', run: () => onExport('json') },
        ]}
      />
      <IconButton
        icon={RotateCw}
        label="Ask all sources now"
        shortcut="r"
        disabled={refreshing}
        forbidden={forbidden('alerts.refresh')}
        onClick={onRefresh}
      />
    </>
  )
}

/** What acts on the list as a whole. It does not draw again while somebody types. */
export const FilterTools = memo(Tools)
