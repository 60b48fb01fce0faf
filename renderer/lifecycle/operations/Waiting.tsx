import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { usePermission } from '#renderer/rpc/verdicts.ts'
import { plural } from '#renderer/ui/format.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { AlertLines, alertsOf } from './AlertLines.tsx'
import { inboxPart, me, useApprovalsLive, waitingApprovals } from './overview-queries.ts'
import { Deeper, Panel } from './Panel.tsx'
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

/** What waits for the person who looks: what they may approve, theirs, and the critical alerts nobody has taken. */
export function Waiting() {
  const environments = useEnvironments()
  const { data } = useQuery(me)
  return (
    <Panel title="What waits for me">
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
