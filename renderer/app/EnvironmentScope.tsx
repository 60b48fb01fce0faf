import { ChevronDown, Layers } from 'lucide-react'
import { Button } from '../ui/Button.tsx'
import { Menu } from '../ui/Menu.tsx'
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

/** Which environment all screens are about. */
export function EnvironmentScope({ environments }: { readonly environments: readonly Environment[] }) {
  const selected = useScope((scope) => scope.environment)
  const current = environments.find(({ id }) => id === selected)
  // An address may name an environment that was removed; saying "all" would then be a lie.
  const name = current?.name ?? (selected === null ? 'All environments' : `${selected} (unknown)`)
  return (
    <Menu
      label="Environment"
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
      items={[
        { kind: 'heading', id: 'heading', label: 'Environment' },
        {
          kind: 'check',
          id: 'all',
          label: 'All environments',
          checked: selected === null,
          onChange: () => setScope({ environment: null }),
        },
        ...environments.map((environment) => ({
          kind: 'check' as const,
          id: `env:${environment.id}`,
          label: (
            <span className="flex items-center gap-2">
              <Dot kind={environment.kind} />
              {environment.name}
              {environment.kind === 'production' ? <span className="text-label text-muted">production</span> : null}
            </span>
          ),
          checked: selected === environment.id,
          onChange: () => setScope({ environment: environment.id }),
        })),
      ]}
    />
  )
}
