import type { GatewayCheck } from '#preload/integration/gateway.ts'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { plural } from '#renderer/ui/format.ts'
import { Link } from '#renderer/ui/Link.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'

type Problem = GatewayCheck['problems'][number]

const placeOf = ({ document, path }: Problem): string =>
  [document === null ? 'whole file' : `document ${document + 1}`, path].filter(Boolean).join(', ')

function Problems({ problems }: Pick<GatewayCheck, 'problems'>) {
  return (
    <div role="alert">
      <ul>
        {problems.map((problem) => (
          <li key={`${placeOf(problem)} ${problem.message}`} className="border-t border-line py-1">
            <SafeText text={placeOf(problem)} mono className="mr-2 text-muted" />
            <SafeText text={problem.message} className="text-critical" />
          </li>
        ))}
      </ul>
    </div>
  )
}

function Effect({ listeners, routes, portals }: GatewayCheck) {
  if (listeners.length === 0) return <p className="text-muted">It serves nothing: it has no Gateway that listens.</p>
  return (
    <ul>
      {listeners.map(({ name, address, protocol, hostname }) => (
        <li key={name} className="border-t border-line py-1">
          <SafeText text={`${protocol}://${address}${hostname === '*' ? '' : ` for ${hostname}`} (${name})`} />
        </li>
      ))}
      {routes.map(({ name, hostnames, backends, rules }) => (
        <li key={name} className="border-t border-line py-1">
          <SafeText
            text={`${name}${hostnames.length === 0 ? '' : ` for ${hostnames.join(', ')}`}: ${plural(rules, 'rule')}, to ${backends.join(', ') || 'no backend'}`}
          />
        </li>
      ))}
      {portals.map((address) => (
        <li key={address} className="flex flex-wrap gap-1 border-t border-line py-1">
          Documentation: <Link href={address} />
        </li>
      ))}
    </ul>
  )
}

type FileFindingsProps = { readonly check: GatewayCheck | undefined; readonly error: unknown }

/** What is wrong in a text, or what it would have the gateway do. */
export function FileFindings({ check, error }: FileFindingsProps) {
  if (check === undefined)
    return error === null ? null : <ErrorPanel title="The text could not be checked." error={error} />
  const { problems } = check
  return problems.length > 0 ? (
    <Section title="Problems" count={problems.length}>
      <Problems problems={problems} />
    </Section>
  ) : (
    <Section title="What it serves">
      <Effect {...check} />
    </Section>
  )
}
