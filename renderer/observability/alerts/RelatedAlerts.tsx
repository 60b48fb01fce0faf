import { useQuery } from '@tanstack/react-query'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { SeverityMark } from '#renderer/ui/SeverityMark.tsx'
import { StateMark } from '#renderer/ui/StateMark.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { alertRelated } from './queries.ts'

type RelatedAlertsProps = { readonly id: string; readonly onOpen: (id: string) => void }

/** Open alerts that share labels with this one, most shared first. */
export function RelatedAlerts({ id, onOpen }: RelatedAlertsProps) {
  const query = useQuery(alertRelated(id))
  return (
    <Section title="Related" count={query.data?.length}>
      <QueryView
        query={query}
        failure="Related alerts could not be loaded."
        skeletonRows={3}
        empty={(related) =>
          related.length === 0 ? <p className="text-muted">No open alert shares a telling label.</p> : null
        }
        ready={(related) => (
          <ul className="max-h-64 overflow-auto">
            {related.map(({ alert, shared }) => (
              <li key={alert.id}>
                <button
                  type="button"
                  onClick={() => onOpen(alert.id)}
                  className="flex min-h-7 w-full items-center gap-2 rounded-sm px-1 text-left hover:bg-hover"
                >
                  <SeverityMark severity={alert.severity} compact />
                  <SafeText text={alert.name} oneLine className="max-w-[45%] shrink-0 font-medium" />
                  <SafeText text={shared.join(', ')} oneLine className="min-w-0 flex-1 text-secondary text-muted" />
                  <StateMark state={alert.state} />
                  <span className="w-16 shrink-0 text-right text-secondary text-muted">
                    <RelativeTime at={alert.since} />
                  </span>
                </button>
              </li>
            ))}
          </ul>
        )}
      />
    </Section>
  )
}
