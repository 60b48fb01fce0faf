import { clsx } from 'clsx'
import type { Ref, SelectHTMLAttributes } from 'react'
import type { ControlSize } from './Button.tsx'
import { useFieldWiring } from './Field.tsx'
import { controlClass } from './TextField.tsx'

export type Option<Value extends string = string> = {
  readonly value: Value
  readonly label: string
  readonly disabled?: boolean
}

export type SelectProps<Value extends string> = Omit<
  SelectHTMLAttributes<HTMLSelectElement>,
  'size' | 'value' | 'onChange' | 'children' | 'multiple'
> & {
  readonly options: readonly Option<Value>[]
  readonly value: Value | ''
  readonly onChange: (value: Value) => void
  readonly placeholder?: string | undefined
  readonly size?: ControlSize | undefined
  readonly ref?: Ref<HTMLSelectElement> | undefined
}

const heights: Readonly<Record<ControlSize, string>> = { 24: 'h-6', 28: 'h-7', 32: 'h-8' }

/** The platform's own select: it is accessible, types ahead, and needs no injected style. */
export function Select<Value extends string>(given: SelectProps<Value>) {
  const { options, value, onChange, placeholder, size = 28, className, ...attributes } = given
  const wiring = useFieldWiring()
  const pick = (picked: string) => {
    const option = options.find((candidate) => candidate.value === picked)
    if (option !== undefined) onChange(option.value)
  }
  return (
    <select
      {...wiring}
      {...attributes}
      value={value}
      onChange={(event) => pick(event.target.value)}
      className={clsx('select-native pr-6', controlClass, heights[size], className)}
    >
      {placeholder === undefined ? null : (
        <option value="" disabled>
          {placeholder}
        </option>
      )}
      {options.map((option) => (
        <option key={option.value} value={option.value} disabled={option.disabled}>
          {option.label}
        </option>
      ))}
    </select>
  )
}
