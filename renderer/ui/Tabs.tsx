import { Tabs as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

export type Tab = {
  readonly id: string
  readonly label: ReactNode
  readonly count?: number | undefined
  readonly panel: ReactNode
}

export type TabsProps = {
  readonly label: string
  readonly tabs: readonly Tab[]
  readonly value?: string | undefined
  readonly onChange?: ((id: string) => void) | undefined
  /** Focus alone shows no tab: for those that may ask before they let go, and give the focus back when they do not. */
  readonly manual?: boolean | undefined
}

export function Tabs({ label, tabs, value, onChange, manual = false }: TabsProps) {
  const control = value === undefined ? { defaultValue: tabs[0]?.id ?? '' } : { value }
  return (
    <Radix.Root
      {...control}
      activationMode={manual ? 'manual' : 'automatic'}
      {...(onChange === undefined ? {} : { onValueChange: onChange })}
      className="flex min-h-0 flex-1 flex-col"
    >
      <Radix.List aria-label={label} className="flex h-8 shrink-0 items-stretch gap-4 border-b border-line px-3">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.id}
            value={tab.id}
            className="-mb-px inline-flex items-center gap-1.5 border-b-2 border-transparent text-muted hover:text-fg data-[state=active]:border-accent data-[state=active]:text-fg"
          >
            {tab.label}
            {tab.count === undefined ? null : (
              <span className="rounded-full bg-pressed px-1.5 text-label">{tab.count}</span>
            )}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.id} value={tab.id} className="min-h-0 flex-1 overflow-auto">
          {tab.panel}
        </Radix.Content>
      ))}
    </Radix.Root>
  )
}
