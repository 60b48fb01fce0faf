import { clsx } from 'clsx'
import { ToggleGroup } from 'radix-ui'
import type { ReactNode } from 'react'

export type Segment<Value extends string> = {
  readonly value: Value
  readonly label: ReactNode
  /** Accessible name, when the label is an icon. */
  readonly name?: string | undefined
}

export type SegmentedControlProps<Value extends string> = {
  readonly label: string
  readonly segments: readonly Segment<Value>[]
  readonly value: Value
  readonly onChange: (value: Value) => void
  readonly className?: string | undefined
}

/** One of a few, all visible. Arrow keys move, as in a radio group. */
export function SegmentedControl<Value extends string>(given: SegmentedControlProps<Value>) {
  const { label, segments, value, onChange, className } = given
  const pick = (picked: string) => {
    const segment = segments.find((candidate) => candidate.value === picked)
    if (segment !== undefined) onChange(segment.value)
  }
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      onValueChange={pick}
      className={clsx('inline-flex h-7 shrink-0 items-center rounded border border-control p-px', className)}
    >
      {segments.map((segment) => (
        <ToggleGroup.Item
          key={segment.value}
          value={segment.value}
          aria-label={segment.name}
          className={clsx(
            'inline-flex h-6 min-w-6 items-center justify-center gap-1 rounded-[3px] px-2 whitespace-nowrap',
            segment.value === value ? 'bg-selected font-medium text-accent' : 'text-muted hover:bg-hover hover:text-fg',
          )}
        >
          {segment.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  )
}
