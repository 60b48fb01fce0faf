import { useQuery } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import type { Output } from '#preload/contract/define.ts'
import { type alerts, type Severity, severities } from '#preload/observability/alerts.ts'
import { useScope } from '#renderer/app/scope.ts'
import { SummaryBars } from '#renderer/ui/chart/SummaryBars.tsx'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { plural } from '#renderer/ui/format.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { severityColor } from '#renderer/ui/severity.ts'
import { AlertLines, alertsOf } from './AlertLines.tsx'
import { type AlertView, alertSources, inboxPart, lastResolved } from './overview-queries.ts'
import { Deeper, Panel } from './Panel.tsx'
import { applicationHealth } from './queries.ts'

type Inbox = Output<(typeof alerts)['operations']['list']>

const topShown = 6
const worst: Severity[] = ['critical', 'high']

/** The environments of the scope, as the inbox filters them. */
export function useEnvironments(): string[] {
  const environment = useScope((scope) => scope.environment)
  return environment === null ? [] : [environment]
}

function Top({ environments, counts }: { readonly environments: string[]; readonly counts: Inbox }) {
  const { critical, high } = counts.bySeverity
  // Without a critical or high one the worst of what fires is shown.
  const view: AlertView = { states: ['firing'], environments, limit: topShown }
  const wanted = critical + high > 0 ? { ...view, severities: worst } : view
  const query = useQuery(inboxPart(wanted))
  const shown = alertsOf(query.data?.rows ?? [])
  const more = (query.data?.total ?? 0) - shown.length
  return (
    <QueryView
      query={query}
      failure="The alerts could not be loaded."
      skeletonRows={4}
      ready={() => (
        <>
          <AlertLines alerts={shown} />
          {more > 0 ? (
            <div className="border-t border-line px-3">
              <Deeper
                to="/alerts"
                search={{ ...('severities' in wanted ? { severities: worst } : {}), states: ['firing'] }}
              >
                {plural(more, 'more', 'more')}
              </Deeper>
            </div>
          ) : null}
        </>
      )}
    />
  )
}

/** Nothing fires; but is everything heard that could? */
function AllClear({ environments }: { readonly environments: string[] }) {
  const { data: ended } = useQuery(lastResolved(environments))
  const { data: health } = useQuery(applicationHealth)
  const { data: sources = [] } = useQuery(alertSources)
  const silent = sources.filter(({ status }) => status === 'stale' || status === 'paused')
  if (silent.length > 0)
    return (
      <div className="flex flex-col items-center gap-1 p-6 text-center">
        <TriangleAlert aria-hidden size={22} strokeWidth={1.5} className="text-warning" />
        <p className="font-medium">Nothing fires, as far as can be seen</p>
        <p className="text-muted">
          <SafeText
            text={`${plural(silent.length, 'source')} cannot be read: ${silent.map(({ name }) => name).join(', ')}.`}
          />
        </p>
        <Deeper to="/connections">Look at the connections</Deeper>
      </div>
    )
  return <EmptyState voice="all-clear" title="All clear: nothing fires" since={ended ?? health?.startedAt} />
}

function Bars({ bySeverity }: Pick<Inbox, 'bySeverity'>) {
  const shown = severities.filter((severity) => severity !== 'none' || bySeverity.none > 0)
  const bars = shown.map((severity) => ({
    label: severity,
    value: bySeverity[severity],
    color: severityColor[severity],
  }))
  return <SummaryBars label="Firing alerts by severity" bars={bars} />
}

const otherStates = ['pending', 'acknowledged', 'silenced', 'inhibited'] as const

function Others({ byState }: Pick<Inbox, 'byState'>) {
  const present = otherStates.filter((state) => byState[state] > 0)
  return (
    <>
      {present.map((state) => (
        <Deeper
          key={state}
          to="/alerts"
          search={{ states: [state] }}
          className="text-secondary text-muted hover:underline"
        >
          {byState[state]} {state}
        </Deeper>
      ))}
    </>
  )
}

/** What is wrong: how much of each severity, and the worst by name. */
export function Wrong() {
  const environments = useEnvironments()
  const query = useQuery(inboxPart({ states: ['firing'], environments, limit: 0 }))
  return (
    <Panel
      title="What is wrong"
      actions={
        <>
          {query.data === undefined ? null : <Others byState={query.data.byState} />}
          <Deeper to="/alerts">Inbox</Deeper>
        </>
      }
    >
      <QueryView
        query={query}
        failure="The alerts could not be loaded."
        skeletonRows={5}
        empty={({ total }) => (total === 0 ? <AllClear environments={environments} /> : null)}
        ready={(counts) => (
          <>
            <div className="border-b border-line px-3 py-1">
              <Bars bySeverity={counts.bySeverity} />
            </div>
            <Top environments={environments} counts={counts} />
          </>
        )}
      />
    </Panel>
  )
}
