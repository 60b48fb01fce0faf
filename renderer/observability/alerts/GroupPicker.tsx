import { useQuery } from '@tanstack/react-query'
import { ChevronDown, Group } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#renderer/ui/Button.tsx'
import { Checkbox } from '#renderer/ui/Checkbox.tsx'
import { formatNumber } from '#renderer/ui/format.ts'
import { Popover } from '#renderer/ui/Popover.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { labelNames } from './queries.ts'

type GroupPickerProps = {
  readonly groupBy: readonly string[]
  readonly onGroup: (labels: string[] | undefined) => void
  readonly onFold: (all: boolean) => void
}

const most = 8

function Labels({ groupBy, onGroup }: Pick<GroupPickerProps, 'groupBy' | 'onGroup'>) {
  const { data = [] } = useQuery(labelNames)
  const [typed, setTyped] = useState('')
  const known = data.map(({ name }) => name)
  const counts = new Map(data.map(({ name, count }) => [name, count]))
  const names = [...groupBy, ...known.filter((name) => !groupBy.includes(name))]
  const toggle = (name: string, on: boolean) => {
    const next = on ? [...groupBy, name] : groupBy.filter((other) => other !== name)
    onGroup(next.length === 0 ? undefined : next.slice(0, most))
  }
  return (
    <>
      <TextField
        aria-label="Find a label"
        placeholder="Find a label"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <ul className="max-h-72 overflow-auto">
        {names
          .filter((name) => name.toLowerCase().includes(typed.toLowerCase()))
          .map((name) => (
            <li key={name} className="flex items-center gap-2">
              <Checkbox
                className="min-w-0 flex-1"
                label={<SafeText text={name} mono oneLine />}
                checked={groupBy.includes(name)}
                onChange={(on) => toggle(name, on)}
              />
              <span className="text-label text-muted">{formatNumber(counts.get(name) ?? 0, 0)}</span>
            </li>
          ))}
      </ul>
    </>
  )
}

/** Which labels the list is grouped by, in the order they were picked. */
export function GroupPicker({ groupBy, onGroup, onFold }: GroupPickerProps) {
  return (
    <Popover
      label="Group by labels"
      align="end"
      className="w-72"
      trigger={
        <Button icon={Group} aria-label={groupBy.length === 0 ? 'Group' : `Grouped by ${groupBy.join(', ')}`}>
          <span className="max-w-36 truncate">{groupBy.length === 0 ? 'Group' : groupBy.join(', ')}</span>
          <ChevronDown aria-hidden size={12} className="text-muted" />
        </Button>
      }
    >
      <div className="flex flex-col gap-2 p-2">
        <Labels groupBy={groupBy} onGroup={onGroup} />
        {groupBy.length === 0 ? null : (
          <div className="flex gap-1 border-t border-line pt-2">
            <Button size={24} onClick={() => onFold(true)}>
              Fold all
            </Button>
            <Button size={24} onClick={() => onFold(false)}>
              Unfold all
            </Button>
            <Button size={24} kind="ghost" className="ml-auto" onClick={() => onGroup(undefined)}>
              No groups
            </Button>
          </div>
        )}
      </div>
    </Popover>
  )
}
