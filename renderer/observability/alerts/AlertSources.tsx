import { Link as RouterLink } from '@tanstack/react-router'
import type { AlertDetail } from '#preload/observability/alerts.ts'
import { CopyButton } from '#renderer/ui/CopyButton.tsx'
import { Link } from '#renderer/ui/Link.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { StateMark } from '#renderer/ui/StateMark.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { useIsStale } from './stale-sources.ts'

type Source = AlertDetail['sources'][number]

function SilencedBy({ ids }: { readonly ids: readonly string[] }) {
  if (ids.length === 0) return null
  return (
    <p>
      silenced by{' '}
      {ids.map((id) => (
        <RouterLink
          key={id}
          to="/silences"
          search={{ q: id } as never}
          className="mr-1 font-mono text-code text-accent hover:underline"
        >
          {id.slice(0, 8)}
        </RouterLink>
      ))}
    </p>
  )
}

function OneSource({ source }: { readonly source: Source }) {
  const isStale = useIsStale()
  const { id, name, kind, state, since, generatorUrl, receivers, silencedBy, inhibitedBy, lastSeenAt } = source
  return (
    <li className="flex flex-col gap-0.5 py-1">
      <div className="flex flex-wrap items-center gap-2">
        <SafeText text={name} className="font-medium" />
        <span className="text-secondary text-muted">{kind}</span>
        <StateMark state={state} />
        <span className={isStale(id) ? 'text-secondary text-warning' : 'text-secondary text-muted'}>
          {isStale(id) ? 'stale, ' : ''}seen <RelativeTime at={lastSeenAt} />, began <RelativeTime at={since} />
        </span>
      </div>
      <div className="flex flex-col gap-0.5 text-secondary text-muted">
        {receivers.length === 0 ? null : (
          <p>
            notifies <SafeText text={receivers.join(', ')} />
          </p>
        )}
        <SilencedBy ids={silencedBy} />
        {inhibitedBy.length === 0 ? null : (
          <p>
            inhibited by <SafeText mono text={inhibitedBy.join(', ')} />
          </p>
        )}
        {generatorUrl === '' ? null : <Link href={generatorUrl} />}
      </div>
    </li>
  )
}

type AlertSourcesProps = { readonly sources: readonly Source[]; readonly expression: string | null }

/** Where the alert was seen, and the rule behind it. */
export function AlertSources({ sources, expression }: AlertSourcesProps) {
  return (
    <Section title="Sources" count={sources.length}>
      <ul>
        {sources.map((source) => (
          <OneSource key={source.id} source={source} />
        ))}
      </ul>
      {expression === null ? null : (
        <div className="mt-1 flex items-start gap-2 rounded border border-line bg-surface-0 p-2">
          <SafeText mono text={expression} className="min-w-0 flex-1" />
          <CopyButton label="Copy the expression" text={expression} />
        </div>
      )}
    </Section>
  )
}
