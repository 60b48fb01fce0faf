import { Search } from 'lucide-react'
import { useRef } from 'react'
import { useCommands } from '../commands.ts'
import { TextField } from '../TextField.tsx'

type GridFilterProps = {
  /** `Filter connections` */
  readonly label: string
  /** What can be typed: `Name, address, environment`. */
  readonly placeholder: string
  readonly value: string
  readonly onChange: (text: string) => void
}

/** The filter of a list by words; `/` leads to it. */
export function GridFilter({ label, placeholder, value, onChange }: GridFilterProps) {
  const input = useRef<HTMLInputElement>(null)
  useCommands([
    { id: 'filter.focus', title: label, area: 'This screen', shortcut: '/', run: () => input.current?.focus() },
  ])
  return (
    <div className="w-72">
      <TextField
        ref={input}
        icon={Search}
        aria-label={label}
        placeholder={placeholder}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  )
}
