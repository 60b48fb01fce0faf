import { useQuery } from '@tanstack/react-query'
import { Link2, X } from 'lucide-react'
import type { RefObject } from 'react'
import type { AlertRow, AlertDetail as Detail } from '#preload/observability/alerts.ts'
import { IconButton } from '#renderer/ui/Button.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { SeverityMark } from '#renderer/ui/SeverityMark.tsx'
import { StateMark } from '#renderer/ui/StateMark.tsx'
import { Duration, RelativeTime, Timestamp } from '#renderer/ui/Time.tsx'
import { AlertActivity } from './AlertActivity.tsx'
import { AlertAnnotations } from './AlertAnnotations.tsx'
import { AlertButtons } from './AlertButtons.tsx'
import { AlertGraph } from './AlertGraph.tsx'
import { AlertHistory } from './AlertHistory.tsx'
import { AlertLabels } from './AlertLabels.tsx'
import { AlertSources } from './AlertSources.tsx'
import { EnvironmentTag } from './columns.tsx'
import type { Forbidden } from './queries.ts'
import { alertDetail } from './queries.ts'
import { RelatedAlerts } from './RelatedAlerts.tsx'
import type { AlertActions } from './use-alert-actions.ts'

export type AlertDetailProps = {
  readonly id: string
  /** Told which alert is shown, for what acts on it. */
  readonly opened: RefObject<AlertRow | undefined>
  readonly actions: AlertActions
  readonly forbidden: Forbidden
  readonly onOpen: (id: string) => void
  readonly onClose: () => void
  readonly onCopyLink: () => void
  /** Adds `name="value"` to the filter, or its negation. */
  readonly onLabel: (name: string, value: string, isEqual: boolean) => void
  readonly onEnvironment: (environment: string) => void
}

function Times({ alert }: { readonly alert: Detail }) {
  const { since, endedAt, acknowledgement, assignee } = alert
  return (
    <div className="flex flex-col gap-0.5 text-secondary text-muted">
      <p>
        {endedAt === null ? (
          <>
            since <RelativeTime at={since} className="text-fg" /> · <Timestamp at={since} />
          </>
        ) : (
          <>
            lasted{' '}
            <span className="text-fg">
              <Duration from={since} to={endedAt} />
            </span>{' '}
            · resolved <RelativeTime at={endedAt} /> · <Timestamp at={endedAt} />
          </>
        )}
      </p>
      {acknowledgement === null ? null : (
        <p>
          acknowledged by <SafeText text={acknowledgement.by} className="text-fg" />{' '}
          <RelativeTime at={acknowledgement.at} />
          {acknowledgement.comment === '' ? null : (
            <>
              : <SafeText text={acknowledgement.comment} className="text-fg" />
            </>
          )}
        </p>
      )}
      {assignee === null ? null : (
        <p>
          assigned to <SafeText text={assignee} className="text-fg" />
        </p>
      )}
    </div>
  )
}

function Header({ alert, props }: { readonly alert: Detail; readonly props: AlertDetailProps }) {
  const { actions, forbidden, onClose, onCopyLink, onEnvironment } = props
  return (
    <header className="sticky top-0 z-10 flex flex-col gap-1.5 border-b border-line bg-surface-1 px-3 py-2">
      <div className="flex items-start gap-2">
        {/* F6 comes here: it reads the alert, and Esc closes it. A button would spend the first Esc on its tooltip. */}
        <h2
          data-roving=""
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the way into the detail, and it scrolls
          tabIndex={0}
          className="max-h-18 min-w-0 flex-1 overflow-auto text-title font-semibold"
        >
          <SafeText text={alert.name} />
        </h2>
        <IconButton icon={Link2} label="Copy a link" shortcut="y" onClick={onCopyLink} />
        <IconButton icon={X} label="Close" shortcut="Esc" onClick={onClose} />
      </div>
      <div className="flex flex-wrap items-center gap-3">
        <SeverityMark severity={alert.severity} />
        <StateMark state={alert.state} />
        <button
          type="button"
          title={`Show only ${alert.environment}`}
          onClick={() => onEnvironment(alert.environment)}
          className="h-6"
        >
          <EnvironmentTag environment={alert.environment} />
        </button>
        <SafeText text={alert.sources.map(({ name }) => name).join(', ')} className="text-secondary text-muted" />
      </div>
      <Times alert={alert} />
      <div className="flex flex-wrap gap-2">
        <AlertButtons target={{ kind: 'alerts', alerts: [alert] }} actions={actions} forbidden={forbidden} />
      </div>
    </header>
  )
}

/** One alert in full: what, since when, why, how often before, what else, and who did what. */
export function AlertDetail(props: AlertDetailProps) {
  const { id, opened, forbidden, onOpen, onLabel } = props
  const query = useQuery(alertDetail(id))
  opened.current = query.data
  return (
    <QueryView
      query={query}
      failure="This alert could not be loaded."
      skeletonRows={12}
      ready={(alert) => (
        <div>
          <Header alert={alert} props={props} />
          <AlertAnnotations annotations={alert.annotations} />
          <AlertGraph alert={alert} />
          <AlertLabels labels={alert.labels} onLabel={onLabel} />
          <AlertHistory id={id} severity={alert.severity} />
          <RelatedAlerts id={id} onOpen={onOpen} />
          <AlertActivity alert={alert} forbidden={forbidden('alerts.note')} />
          <AlertSources sources={alert.sources} expression={alert.expression} />
        </div>
      )}
    />
  )
}
