import { clsx } from 'clsx'
import { Switch as Radix } from 'radix-ui'
import { type ReactNode, useId } from 'react'

export type SwitchProps = {
  readonly label: ReactNode
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
  readonly disabled?: boolean | undefined
}

/** For what takes effect at once; a form that is saved later uses a checkbox. */
export function Switch({ label, checked, onChange, disabled = false }: SwitchProps) {
  const id = useId()
  return (
    <span className="inline-flex h-6 items-center gap-2">
      <Radix.Root
        id={id}
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        className={clsx(
          'relative h-4 w-7 rounded-full border transition-colors',
          checked ? 'border-accent bg-accent' : 'border-control bg-surface-0',
        )}
      >
        <Radix.Thumb
          className={clsx(
            'block size-2.5 rounded-full transition-transform',
            checked ? 'translate-x-3.5 bg-on-fill' : 'translate-x-0.5 bg-control',
          )}
        />
      </Radix.Root>
      <label htmlFor={id}>{label}</label>
    </span>
  )
}
