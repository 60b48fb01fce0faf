import { clsx } from 'clsx'
import type { LucideIcon } from 'lucide-react'
import type { InputHTMLAttributes, Ref, TextareaHTMLAttributes } from 'react'
import type { ControlSize } from './Button.tsx'
import { useFieldWiring } from './Field.tsx'

export const controlClass =
  'w-full min-w-0 rounded border border-control bg-surface-0 px-2 text-body text-fg aria-invalid:border-critical disabled:border-line disabled:text-muted read-only:bg-surface-1'

const heights: Readonly<Record<ControlSize, string>> = { 24: 'h-6', 28: 'h-7', 32: 'h-8' }

export type TextFieldProps = Omit<InputHTMLAttributes<HTMLInputElement>, 'size'> & {
  readonly size?: ControlSize | undefined
  readonly icon?: LucideIcon | undefined
  readonly mono?: boolean | undefined
  readonly ref?: Ref<HTMLInputElement> | undefined
}

export function TextField({ size = 28, icon: Icon, mono = false, className, ...attributes }: TextFieldProps) {
  const wiring = useFieldWiring()
  const input = (
    <input
      type="text"
      autoComplete="off"
      spellCheck={false}
      {...wiring}
      {...attributes}
      className={clsx(controlClass, heights[size], mono && 'font-mono text-code', Icon && 'pl-7', className)}
    />
  )
  if (Icon === undefined) return input
  return (
    <span className="relative block w-full min-w-0">
      <Icon aria-hidden size={14} strokeWidth={1.75} className="absolute top-1/2 left-2 -translate-y-1/2 text-muted" />
      {input}
    </span>
  )
}

export type TextAreaProps = TextareaHTMLAttributes<HTMLTextAreaElement> & {
  readonly mono?: boolean | undefined
  readonly ref?: Ref<HTMLTextAreaElement> | undefined
}

export function TextArea({ mono = false, rows = 4, className, ...attributes }: TextAreaProps) {
  const wiring = useFieldWiring()
  return (
    <textarea
      rows={rows}
      spellCheck={!mono}
      {...wiring}
      {...attributes}
      className={clsx(controlClass, 'resize-y py-1', mono && 'font-mono text-code', className)}
    />
  )
}
