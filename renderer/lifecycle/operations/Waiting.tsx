import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { asAppError } from '#preload/contract/error.ts'
import { usePermission } from '#renderer/rpc/verdicts.ts'
import { plural } from '#renderer/ui/format.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { AlertLines, alertsOf } from './AlertLines.tsx'
import { inboxPart, me, recentRollouts, useApprovalsLive, waitingApprovals } from './overview-queries.ts'
import { Deeper, Panel } from './Panel.tsx'
import { jobList } from './queries.ts'
import { useEnvironments } from './Wrong.tsx'

const shown = 3

type PartProps = {
  readonly title: string
  readonly none: string
  readonly view: Parameters<typeof inboxPart>[0]
}

function Part({ title, none, view }: PartProps) {
  const query = useQuery(inboxPart({ ...view, limit: shown }))
  const more = (query.data?.total ?? 0) - shown
  return (
    <div>
      <h3 className="px-3 pt-1 text-label font-medium text-muted">{title}</h3>
      <QueryView
        query={query}
        failure="This could not be loaded."
        skeletonRows={1}
        empty={({ total }) => (total === 0 ? <p className="px-3 pb-1">{none}</p> : null)}
        ready={({ rows }) => <AlertLines alerts={alertsOf(rows)} />}
      />
      {more > 0 ? (
        <div className="px-3">
          <Deeper to="/alerts" search={view}>
            {plural(more, 'more', 'more')}
          </Deeper>
        </div>
      ) : null}
    </div>
  )
}

const deciding = ['governance.approvals', 'governance.watch', 'governance.decide'] as const

function ApprovalLines() {
  useApprovalsLive()
  const query = useQuery(waitingApprovals)
  const more = (query.data?.length ?? 0) - shown
  return (
    <div>
      <h3 className="px-3 pt-1 text-label font-medium text-muted">To approve</h3>
      <QueryView
        query={query}
        failure="This could not be loaded."
        skeletonRows={1}
        empty={(requests) => (requests.length === 0 ? <p className="px-3 pb-1">Nothing.</p> : null)}
        ready={(requests) => (
          <ul>
            {requests.slice(0, shown).map(({ id, operation, reason, requestedAt }) => (
              <li key={id}>
                <Link
                  to="/approvals"
                  search={{ open: id } as never}
                  className="flex h-7 items-center gap-3 px-3 hover:bg-hover"
                >
                  <RelativeTime at={requestedAt} className="w-16 shrink-0 text-secondary text-muted" />
                  <span className="shrink-0 font-mono text-code">{operation}</span>
                  <SafeText text={reason} oneLine className="min-w-0 flex-1" />
                </Link>
              </li>
            ))}
          </ul>
        )}
      />
      {more > 0 ? (
        <div className="px-3">
          <Deeper to="/approvals">{plural(more, 'more', 'more')}</Deeper>
        </div>
      ) : null}
    </div>
  )
}

/** For whoever may decide: of others nothing is asked that would be refused. */
function Approvals() {
  return usePermission(deciding).kind === 'allowed' ? <ApprovalLines /> : null
}

type Line = {
  readonly key: string
  readonly to: string
  readonly open: string
  readonly at: string
  readonly text: string
}

/** Rollouts that stand still until a person lets them go on, and questions of jobs. */
function Questions({ environments }: { readonly environments: readonly string[] }) {
  const rollouts = useQuery(recentRollouts)
  const jobs = useQuery(jobList)
  const failed = rollouts.error ?? jobs.error
  const lines: readonly Line[] = [
    ...(rollouts.data ?? [])
      .filter(({ state, environment }) => state === 'paused' && inScope(environments, environment))
      .map(({ id, service, toVersion, environment, phase, startedAt }) => ({
        ...{ key: id, to: '/rollouts', open: id, at: startedAt },
        text: `${service} ${toVersion} to ${environment}: ${phase}`,
      })),
    ...(jobs.data ?? []).flatMap(({ id, title, updatedAt, waits }) =>
      waits
        .filter(({ kind }) => kind === 'task')
        .map(({ key, what }) => ({
          ...{ key: `${id} ${key}`, to: '/jobs', open: id, at: updatedAt },
          text: `${title}: ${what}`,
        })),
    ),
  ]
  const more = lines.slice(shown)
  return (
    <div>
      <h3 className="px-3 pt-1 text-label font-medium text-muted">To let go on</h3>
      {failed === null ? null : (
        <p className="px-3 pb-1 text-warning">
          <SafeText text={`Not all could be asked: ${asAppError(failed).message}`} />
        </p>
      )}
      {failed === null && rollouts.data !== undefined && jobs.data !== undefined && lines.length === 0 ? (
        <p className="px-3 pb-1">Nothing.</p>
      ) : null}
      <ul>
        {lines.slice(0, shown).map(({ key, to, open, at, text }) => (
          <li key={key} title={text}>
            <Link to={to} search={{ open } as never} className="flex h-7 items-center gap-3 px-3 hover:bg-hover">
              <RelativeTime at={at} className="w-16 shrink-0 text-secondary text-muted" />
              <SafeText text={text} oneLine className="min-w-0 flex-1" />
            </Link>
          </li>
        ))}
      </ul>
      {more.length > 0 ? (
        <div className="px-3">
          <Deeper to={more[0]?.to ?? '/rollouts'}>{plural(more.length, 'more', 'more')}</Deeper>
        </div>
      ) : null}
    </div>
  )
}

const inScope = (environments: readonly string[], environment: string): boolean =>
  environments.length === 0 || environments.includes(environment)

/** What waits for the person who looks: what stands still until then, what they may approve, theirs, and the critical alerts nobody has taken. */
export function Waiting() {
  const environments = useEnvironments()
  const { data } = useQuery(me)
  return (
    <Panel title="What waits for me">
      <Questions environments={environments} />
      <Approvals />
      <Part
        title="Critical and not acknowledged"
        none="None."
        view={{ severities: ['critical'], states: ['firing'], environments }}
      />
      {data === undefined ? null : (
        <Part
          title={`Assigned to ${data.name}`}
          none="Nothing."
          view={{ assignee: data.name, states: ['firing', 'pending', 'acknowledged'], environments }}
        />
      )}
    </Panel>
  )
}
