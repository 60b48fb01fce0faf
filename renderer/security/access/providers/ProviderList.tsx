import { Building2, FileKey2, KeyRound, type LucideIcon, Plus } from 'lucide-react'
import type { Provider } from '#preload/security/sign-in.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'

type Settings = Provider['settings']

const looks: Readonly<Record<Settings['kind'], { readonly icon: LucideIcon; readonly name: string }>> = {
  oidc: { icon: KeyRound, name: 'OpenID Connect' },
  ldap: { icon: Building2, name: 'LDAP' },
  saml: { icon: FileKey2, name: 'SAML 2.0' },
}

function addressOf(settings: Settings): string {
  if (settings.kind === 'oidc') return settings.issuer
  return settings.kind === 'ldap' ? settings.url : settings.entryPoint
}

type ProviderListProps = {
  readonly providers: readonly Provider[]
  readonly open: string | undefined
  readonly forbidden: string | undefined
  readonly onOpen: (id: string) => void
}

function Line({
  provider,
  current,
  onOpen,
}: {
  readonly provider: Provider
  readonly current: boolean
  readonly onOpen: () => void
}) {
  const { settings } = provider
  const { icon: Icon, name } = looks[settings.kind]
  return (
    <li>
      <button
        type="button"
        aria-current={current || undefined}
        onClick={onOpen}
        className="flex min-h-9 w-full items-center gap-2 rounded px-2 text-left hover:bg-hover aria-[current]:bg-selected"
      >
        <Icon aria-hidden size={15} strokeWidth={1.75} className="shrink-0 text-muted" />
        <SafeText text={settings.name} oneLine className="min-w-0 shrink-0 font-medium" />
        <span className="shrink-0 text-secondary text-muted">{name}</span>
        <SafeText text={addressOf(settings)} mono oneLine className="min-w-0 flex-1 text-right text-muted" />
      </button>
    </li>
  )
}

/** The identity providers of this workspace. */
export function ProviderList({ providers, open, forbidden, onOpen }: ProviderListProps) {
  const add = () => onOpen('new')
  return (
    <Section
      title="Identity providers"
      count={providers.length}
      actions={
        <Button size={24} icon={Plus} shortcut="c" forbidden={forbidden} onClick={add}>
          New provider
        </Button>
      }
    >
      {providers.length === 0 ? (
        <EmptyState
          voice="unconfigured"
          title="Nobody can sign in by a provider yet"
          action={{ label: 'Add a provider', run: add, forbidden }}
        >
          Connect the accounts that people have already: OpenID Connect, a directory, or SAML.
        </EmptyState>
      ) : (
        <ul className="-mx-2 flex flex-col gap-px">
          {providers.map((provider) => (
            <Line
              key={provider.id}
              provider={provider}
              current={provider.id === open}
              onOpen={() => onOpen(provider.id)}
            />
          ))}
        </ul>
      )}
    </Section>
  )
}
