import { createContext, type ReactNode, useContext, useId } from 'react'

type FieldWiring = {
  readonly id: string
  readonly describedBy: string | undefined
  readonly invalid: boolean
  readonly required: boolean
}

const FieldContext = createContext<FieldWiring | null>(null)

/** What a control inside a `Field` must carry; nothing outside of one. */
export function useFieldWiring() {
  const field = useContext(FieldContext)
  if (field === null) return {}
  return {
    id: field.id,
    'aria-describedby': field.describedBy,
    'aria-invalid': field.invalid || undefined,
    'aria-required': field.required || undefined,
  }
}

export type FieldProps = {
  readonly label: ReactNode
  readonly hint?: ReactNode
  readonly error?: ReactNode
  readonly required?: boolean | undefined
  readonly children: ReactNode
}

/** Label, control, hint and error, wired for assistive technology. The control inside must use `useFieldWiring`; ours do. */
export function Field({ label, hint, error, required = false, children }: FieldProps) {
  const id = useId()
  const hasHint = hint !== undefined && hint !== null
  const hasError = error !== undefined && error !== null && error !== ''
  const described = [hasHint ? `${id}-hint` : '', hasError ? `${id}-error` : ''].filter(Boolean).join(' ')
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="text-secondary font-medium text-fg">
        {label}
        {required ? null : <span className="font-normal text-muted"> optional</span>}
      </label>
      <FieldContext value={{ id, describedBy: described || undefined, invalid: hasError, required }}>
        {children}
      </FieldContext>
      {hasHint ? (
        <p id={`${id}-hint`} className="text-secondary text-muted">
          {hint}
        </p>
      ) : null}
      {hasError ? (
        <p id={`${id}-error`} role="alert" className="text-secondary text-critical">
          {error}
        </p>
      ) : null}
    </div>
  )
}
