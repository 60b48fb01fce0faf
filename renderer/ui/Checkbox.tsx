import { clsx } from 'clsx'
import { type ReactNode, useEffect, useId, useRef } from 'react'

export type CheckboxProps = {
  readonly label: ReactNode
  readonly hint?: ReactNode
  readonly checked: boolean | 'mixed'
  readonly onChange: (checked: boolean) => void
  readonly disabled?: boolean | undefined
  readonly className?: string | undefined
}

export function Checkbox({ label, hint, checked, onChange, disabled, className }: CheckboxProps) {
  const input = useRef<HTMLInputElement>(null)
  const hintId = useId()
  useEffect(() => {
    if (input.current !== null) input.current.indeterminate = checked === 'mixed'
  }, [checked])
  return (
    <label className={clsx('flex min-h-6 items-start gap-2', disabled === true && 'text-muted', className)}>
      <input
        ref={input}
        type="checkbox"
        className="checkbox-native mt-[5px] shrink-0"
        checked={checked === true}
        disabled={disabled}
        aria-describedby={hint === undefined ? undefined : hintId}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span className="pt-0.5">
        {label}
        {hint === undefined ? null : (
          <span id={hintId} className="block text-secondary text-muted">
            {hint}
          </span>
        )}
      </span>
    </label>
  )
}
