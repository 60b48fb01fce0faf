import { clsx } from 'clsx'
import type { LucideIcon } from 'lucide-react'
import { type ButtonHTMLAttributes, type MouseEvent, type ReactNode, type Ref, useId } from 'react'
import { ariaShortcut, isMac } from './shortcuts.ts'
import { Tooltip } from './Tooltip.tsx'

export type ButtonKind = 'default' | 'primary' | 'danger' | 'ghost'
export type ControlSize = 24 | 28 | 32

type Common = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled' | 'title'> & {
  readonly kind?: ButtonKind | undefined
  readonly size?: ControlSize | undefined
  readonly disabled?: boolean | undefined
  /** Which role or policy forbids this: the button stays focusable, greyed, and says so. */
  readonly forbidden?: string | undefined
  readonly shortcut?: string | undefined
  readonly ref?: Ref<HTMLButtonElement> | undefined
}

export type ButtonProps = Common & {
  readonly icon?: LucideIcon | undefined
  readonly tooltip?: ReactNode
  readonly busy?: boolean | undefined
  readonly children: ReactNode
}

export type IconButtonProps = Common & {
  readonly icon: LucideIcon
  /** The accessible name, also the tooltip. */
  readonly label: string
  readonly pressed?: boolean | undefined
}

const kinds: Readonly<Record<ButtonKind, string>> = {
  default: 'border-control bg-surface-2 text-fg hover:bg-hover active:bg-pressed',
  primary: 'border-accent bg-accent text-on-fill font-medium hover:brightness-110 active:brightness-95',
  danger: 'border-critical text-critical bg-transparent hover:bg-critical hover:text-on-fill',
  ghost: 'border-transparent bg-transparent text-fg hover:bg-hover active:bg-pressed',
}
const heights: Readonly<Record<ControlSize, string>> = { 24: 'h-6', 28: 'h-7', 32: 'h-8' }
const widths: Readonly<Record<ControlSize, string>> = { 24: 'w-6', 28: 'w-7', 32: 'w-8' }
const off = 'border-line bg-transparent text-muted opacity-60 cursor-not-allowed'

const base = (kind: ButtonKind, size: ControlSize, inert: boolean) =>
  clsx(
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded border whitespace-nowrap select-none',
    heights[size],
    inert ? off : kinds[kind],
  )

function useForbidden(forbidden: string | undefined, onClick: Common['onClick']) {
  const id = useId()
  if (forbidden === undefined) return { props: { onClick }, description: null }
  const refuse = (event: MouseEvent) => event.preventDefault()
  return {
    props: { onClick: refuse, 'aria-disabled': true, 'aria-describedby': id, type: 'button' as const },
    description: (
      <span id={id} className="sr-only">
        {forbidden}
      </span>
    ),
  }
}

export function Button(given: ButtonProps) {
  const { kind = 'default', size = 28, icon: Icon, forbidden, shortcut, tooltip, busy, disabled, ...rest } = given
  const { className, children, onClick, ...attributes } = rest
  const { props, description } = useForbidden(forbidden, onClick)
  const button = (
    <button
      type="button"
      {...attributes}
      {...props}
      disabled={disabled === true || busy === true}
      aria-busy={busy}
      aria-keyshortcuts={shortcut === undefined ? undefined : ariaShortcut(shortcut, isMac())}
      className={clsx(base(kind, size, disabled === true || forbidden !== undefined), 'px-2.5', className)}
    >
      {Icon === undefined ? null : <Icon aria-hidden size={14} strokeWidth={1.75} className="-ml-0.5" />}
      {children}
      {description}
    </button>
  )
  const text = forbidden ?? tooltip
  if (text === undefined && shortcut === undefined) return button
  return (
    <Tooltip text={text ?? children} shortcut={forbidden === undefined ? shortcut : undefined}>
      {button}
    </Tooltip>
  )
}

export function IconButton(given: IconButtonProps) {
  const { kind = 'ghost', size = 28, icon: Icon, label, forbidden, shortcut, pressed, disabled, ...rest } = given
  const { className, onClick, ...attributes } = rest
  const { props, description } = useForbidden(forbidden, onClick)
  return (
    <Tooltip text={forbidden ?? label} shortcut={forbidden === undefined ? shortcut : undefined}>
      <button
        type="button"
        {...attributes}
        {...props}
        disabled={disabled}
        aria-label={label}
        aria-pressed={pressed}
        aria-keyshortcuts={shortcut === undefined ? undefined : ariaShortcut(shortcut, isMac())}
        className={clsx(
          base(kind, size, disabled === true || forbidden !== undefined),
          widths[size],
          pressed === true && 'bg-selected text-accent',
          className,
        )}
      >
        <Icon aria-hidden size={15} strokeWidth={1.75} />
        {description}
      </button>
    </Tooltip>
  )
}
