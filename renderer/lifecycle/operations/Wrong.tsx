import { useQuery } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import type { Output } from '#preload/contract/define.ts'
import { asAppError } from '#preload/contract/error.ts'
import { type alerts, type Severity, severities } from '#preload/observability/alerts.ts'
import { useScope } from '#renderer/app/scope.ts'
import { SummaryBars } from '#renderer/ui/chart/SummaryBars.tsx'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { plural } from '#renderer/ui/format.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { severityColor } from '#renderer/ui/severity.ts'
import { AilingLines } from './AilingLines.tsx'
import { AlertLines, alertsOf } from './AlertLines.tsx'
import { ailingOf } from './ailing.ts'
import { type AlertView, alertSources, environmentHealth, inboxPart, lastResolved } from './overview-queries.ts'
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

/** Nothing fires and no environment is ill; but is everything heard that could? */
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

function Alerts({ environments, ill }: { readonly environments: string[]; readonly ill: boolean }) {
  const query = useQuery(inboxPart({ states: ['firing'], environments, limit: 0 }))
  const quiet = ill ? <p className="px-3 py-1 text-muted">No alert fires.</p> : <AllClear environments={environments} />
  return (
    <QueryView
      query={query}
      failure="The alerts could not be loaded."
      skeletonRows={5}
      empty={({ total }) => (total === 0 ? quiet : null)}
      ready={(counts) => (
        <>
          <div className="border-b border-line px-3 py-1">
            <Bars bySeverity={counts.bySeverity} />
          </div>
          <Top environments={environments} counts={counts} />
        </>
      )}
    />
  )
}

function Actions({ environments }: { readonly environments: string[] }) {
  const { data } = useQuery(inboxPart({ states: ['firing'], environments, limit: 0 }))
  return (
    <>
      {data === undefined ? null : <Others byState={data.byState} />}
      <Deeper to="/alerts">Inbox</Deeper>
    </>
  )
}

/** What is wrong: services that are down, how much fires of each severity, the worst by name, and what else is not well. */
export function Wrong() {
  const environments = useEnvironments()
  const health = useQuery(environmentHealth)
  const ailing = ailingOf(health.data ?? [], environments[0] ?? null)
  const down = ailing.filter(({ status }) => status === 'unhealthy')
  const rest = ailing.filter(({ status }) => status !== 'unhealthy')
  const untold = health.error !== null
  return (
    <Panel title="What is wrong" actions={<Actions environments={environments} />}>
      {untold ? (
        <p className="border-b border-line px-3 py-1 text-warning">
          <SafeText text={`How the environments are cannot be told: ${asAppError(health.error).message}`} />
        </p>
      ) : null}
      <AilingLines ailing={down} />
      <Alerts environments={environments} ill={untold || health.data === undefined || ailing.length > 0} />
      <AilingLines ailing={rest} />
    </Panel>
  )
}
