import type { GatewayImport } from '#preload/integration/gateway.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'

type LeftOutProps = { readonly title: string; readonly findings: GatewayImport['findings'] }

/** What one form says and another cannot: never left out silently. */
export function LeftOut({ title, findings }: LeftOutProps) {
  if (findings.length === 0) return null
  return (
    <Section title={title} count={findings.length}>
      <ul>
        {findings.map(({ path, message }) => (
          <li key={`${path} ${message}`} className="border-t border-line py-1">
            <SafeText text={path} mono className="mr-2 text-muted" />
            <SafeText text={message} />
          </li>
        ))}
      </ul>
    </Section>
  )
}
