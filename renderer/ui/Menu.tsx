import { clsx } from 'clsx'
import { Check, type LucideIcon } from 'lucide-react'
import { DropdownMenu as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { Kbd } from './Kbd.tsx'

export type MenuItem =
  | {
      readonly kind?: 'action'
      readonly id: string
      readonly label: ReactNode
      readonly icon?: LucideIcon | undefined
      readonly shortcut?: string | undefined
      readonly destructive?: boolean | undefined
      /** Which role or policy forbids it: it stays visible and says so. */
      readonly forbidden?: string | undefined
      readonly disabled?: boolean | undefined
      readonly run: () => void
    }
  | {
      readonly kind: 'check'
      readonly id: string
      readonly label: ReactNode
      readonly checked: boolean
      readonly disabled?: boolean | undefined
      readonly onChange: (checked: boolean) => void
    }
  | { readonly kind: 'heading'; readonly id: string; readonly label: ReactNode }
  | { readonly kind: 'separator'; readonly id: string }

export type MenuProps = {
  /** One focusable element, usually a button. */
  readonly trigger: ReactNode
  readonly items: readonly MenuItem[]
  readonly label?: string | undefined
  readonly align?: 'start' | 'end' | undefined
  readonly open?: boolean | undefined
  readonly onOpenChange?: ((open: boolean) => void) | undefined
}

const itemClass =
  'flex h-7 items-center gap-2 rounded-sm px-2 outline-none select-none data-[highlighted]:bg-selected aria-disabled:text-muted data-[disabled]:text-muted'

function Entry({ item }: { readonly item: MenuItem }) {
  if (item.kind === 'separator') return <Radix.Separator className="-mx-1 my-1 h-px bg-line" />
  if (item.kind === 'heading')
    return <Radix.Label className="px-2 pt-1 pb-0.5 text-label font-medium text-muted">{item.label}</Radix.Label>
  if (item.kind === 'check')
    return (
      <Radix.CheckboxItem
        checked={item.checked}
        disabled={item.disabled === true}
        onCheckedChange={item.onChange}
        onSelect={(event) => event.preventDefault()}
        className={itemClass}
      >
        <span className="flex w-4 justify-center">{item.checked ? <Check aria-hidden size={14} /> : null}</span>
        {item.label}
      </Radix.CheckboxItem>
    )
  const { icon: Icon, forbidden } = item
  const act = (event: Event) => (forbidden === undefined ? item.run() : event.preventDefault())
  return (
    <Radix.Item
      disabled={item.disabled === true}
      aria-disabled={forbidden === undefined ? undefined : true}
      onSelect={act}
      className={clsx(
        itemClass,
        item.destructive === true && forbidden === undefined && 'text-critical',
        forbidden !== undefined && 'h-auto min-h-7',
      )}
    >
      <span className="flex w-4 shrink-0 justify-center">
        {Icon === undefined ? null : <Icon aria-hidden size={14} strokeWidth={1.75} />}
      </span>
      <span className="flex-1 pr-4">
        {item.label}
        {forbidden === undefined ? null : <span className="block pb-1 text-label text-muted">{forbidden}</span>}
      </span>
      {item.shortcut === undefined ? null : <Kbd shortcut={item.shortcut} />}
    </Radix.Item>
  )
}

/** Not modal: a modal menu locks scrolling through a <style> tag, which our CSP refuses. */
export function Menu({ trigger, items, label, align = 'start', open, onOpenChange }: MenuProps) {
  return (
    <Radix.Root
      modal={false}
      {...(open === undefined ? {} : { open })}
      {...(onOpenChange === undefined ? {} : { onOpenChange })}
    >
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          aria-label={label}
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className="appear z-50 max-h-[min(480px,80vh)] min-w-44 overflow-auto rounded border border-line bg-surface-2 p-1 shadow-overlay"
        >
          {items.map((item) => (
            <Entry key={item.id} item={item} />
          ))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
