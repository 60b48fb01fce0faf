import type { Provider } from '#preload/security/sign-in.ts'
import { CopyButton } from '#renderer/ui/CopyButton.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'

/** What the provider must know of us before anybody can sign in there. */
export function ProviderRegister({ register }: Pick<Provider, 'register'>) {
  if (register.length === 0) return null
  return (
    <Section title="Register this at the provider">
      <dl className="flex flex-col gap-2">
        {register.map(({ name, value }) => (
          <div key={`${name} ${value}`} className="flex flex-col">
            <dt className="text-secondary text-muted">{name}</dt>
            <dd className="flex items-start gap-1">
              <SafeText
                text={value}
                mono
                className="max-h-32 min-w-0 flex-1 overflow-auto rounded border border-line bg-surface-0 px-2 py-0.5"
              />
              <CopyButton label={`Copy ${name.toLowerCase()}`} text={value} />
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  )
}
