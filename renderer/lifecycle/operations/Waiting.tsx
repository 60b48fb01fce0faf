import { useQuery } from '@tanstack/react-query'
import { plural } from '#renderer/ui/format.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { AlertLines, alertsOf } from './AlertLines.tsx'
import { inboxPart, me } from './overview-queries.ts'
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

/** What waits for the person who looks: theirs, and the critical ones nobody has taken. */
export function Waiting() {
  const environments = useEnvironments()
  const { data } = useQuery(me)
  return (
    <Panel title="What waits for me">
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
