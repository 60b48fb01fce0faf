import { Command as Cmdk } from 'cmdk'
import { Check, ChevronDown, Layers, Search } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Button } from '../ui/Button.tsx'
import { Popover } from '../ui/Popover.tsx'
import { setScope, useScope } from './scope.ts'

export type Environment = {
  readonly id: string
  readonly name: string
  readonly kind: 'production' | 'staging' | 'development' | 'other'
}

// Not red: red is critical or destructive. Production is told by its word and a filled mark.
const dots: Readonly<Record<Environment['kind'], string>> = {
  production: 'bg-high border-high',
  staging: 'border-warning',
  development: 'border-accent',
  other: 'border-control',
}

function Dot({ kind }: { readonly kind: Environment['kind'] }) {
  return <span aria-hidden className={`size-2 shrink-0 rounded-full border-2 ${dots[kind]}`} />
}

type ChoiceProps = {
  readonly id: string
  readonly name: string
  readonly chosen: boolean
  readonly onChoose: () => void
  readonly children: ReactNode
}

function Choice({ id, name, chosen, onChoose, children }: ChoiceProps) {
  return (
    <Cmdk.Item
      value={id}
      keywords={[name]}
      onSelect={onChoose}
      className="flex h-7 items-center gap-2 rounded-sm px-2 select-none data-[selected=true]:bg-selected"
    >
      <span className="flex w-4 shrink-0 justify-center">
        {chosen ? <Check role="img" aria-label="chosen" size={14} /> : null}
      </span>
      {children}
    </Cmdk.Item>
  )
}

/** Every word counts, wherever it stands in the name; the order stays. */
const matches = (_: string, text: string, [name = '']: readonly string[] = []): number =>
  text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => name.toLowerCase().includes(word))
    ? 1
    : 0

type ChoicesProps = {
  readonly environments: readonly Environment[]
  readonly selected: string | null
  readonly onChoose: (environment: string | null) => void
}

function Choices({ environments, selected, onChoose }: ChoicesProps) {
  return (
    <Cmdk label="Environments" loop filter={matches} className="flex w-64 flex-col">
      <div className="flex h-9 shrink-0 items-center gap-2 border-b border-line px-3">
        <Search aria-hidden size={14} strokeWidth={1.75} className="text-muted" />
        <Cmdk.Input placeholder="Find an environment" className="h-full min-w-0 flex-1 bg-transparent outline-none" />
      </div>
      <Cmdk.List label="Environments" className="max-h-[min(420px,60vh)] overflow-auto p-1">
        <Cmdk.Empty className="p-3 text-center text-muted">No environment is called that.</Cmdk.Empty>
        <Choice id="all" name="All environments" chosen={selected === null} onChoose={() => onChoose(null)}>
          All environments
        </Choice>
        {environments.map(({ id, name, kind }) => (
          <Choice
            key={id}
            id={`env:${id}`}
            name={`${name} ${kind}`}
            chosen={selected === id}
            onChoose={() => onChoose(id)}
          >
            <Dot kind={kind} />
            <span className="min-w-0 truncate">{name}</span>
            {kind === 'production' ? <span className="shrink-0 text-label text-muted">production</span> : null}
          </Choice>
        ))}
      </Cmdk.List>
    </Cmdk>
  )
}

/** Which environment all screens are about. There may be hundreds, so they can be found by their name. */
export function EnvironmentScope({ environments }: { readonly environments: readonly Environment[] }) {
  const [open, setOpen] = useState(false)
  const selected = useScope((scope) => scope.environment)
  const current = environments.find(({ id }) => id === selected)
  // An address may name an environment that was removed; saying "all" would then be a lie.
  const name = current?.name ?? (selected === null ? 'All environments' : `${selected} (unknown)`)
  const choose = (environment: string | null): void => {
    setScope({ environment })
    setOpen(false)
  }
  return (
    <Popover
      label="Environment"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button kind="ghost" aria-label={`Environment: ${name}`}>
          {current === undefined ? (
            <Layers aria-hidden size={14} strokeWidth={1.75} className="text-muted" />
          ) : (
            <Dot kind={current.kind} />
          )}
          <span className="max-w-40 truncate">{name}</span>
          <ChevronDown aria-hidden size={12} className="text-muted" />
        </Button>
      }
    >
      <Choices environments={environments} selected={selected} onChoose={choose} />
    </Popover>
  )
}
