import { Plus, X } from 'lucide-react'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { Select } from '#renderer/ui/Select.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { type MatcherLine, operators } from './draft.ts'

type MatcherLinesProps = {
  readonly lines: readonly MatcherLine[]
  readonly onChange: (lines: readonly MatcherLine[]) => void
}

const operatorOptions = operators.map((value) => ({ value, label: value }))

/** Matchers as lines: label, operator, value. A line that is not ticked is left out. */
export function MatcherLines({ lines, onChange }: MatcherLinesProps) {
  const put = (key: number, change: Partial<MatcherLine>) =>
    onChange(lines.map((line) => (line.key === key ? { ...line, ...change } : line)))
  const add = () =>
    onChange([
      ...lines,
      { key: Math.max(-1, ...lines.map(({ key }) => key)) + 1, on: true, name: '', operator: '=', value: '' },
    ])
  return (
    <div className="flex flex-col gap-1">
      <ul className="flex max-h-64 flex-col gap-1 overflow-auto">
        {lines.map(({ key, on, name, operator, value }, at) => {
          const which = name === '' ? `matcher ${at + 1}` : name
          return (
            <li key={key} className={on ? 'flex items-center gap-1' : 'flex items-center gap-1 opacity-70'}>
              <span className="flex size-6 shrink-0 items-center justify-center">
                <input
                  type="checkbox"
                  aria-label={`Use ${which}`}
                  checked={on}
                  onChange={(event) => put(key, { on: event.target.checked })}
                  className="checkbox-native"
                />
              </span>
              <div className="w-36 shrink-0">
                <TextField
                  mono
                  aria-label={`Label of ${which}`}
                  value={name}
                  onChange={(event) => put(key, { name: event.target.value })}
                />
              </div>
              <div className="w-14 shrink-0">
                <Select
                  aria-label={`Operator of ${which}`}
                  options={operatorOptions}
                  value={operator}
                  onChange={(picked) => put(key, { operator: picked })}
                />
              </div>
              <TextField
                mono
                aria-label={`Value of ${which}`}
                value={value}
                onChange={(event) => put(key, { value: event.target.value })}
              />
              <IconButton
                size={24}
                icon={X}
                label={`Remove ${which}`}
                onClick={() => onChange(lines.filter((line) => line.key !== key))}
              />
            </li>
          )
        })}
      </ul>
      <div>
        <Button size={24} icon={Plus} onClick={add}>
          Add a matcher
        </Button>
      </div>
    </div>
  )
}
