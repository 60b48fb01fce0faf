import { Link } from '@tanstack/react-router'
import type { AlertRow, InboxRow } from '#preload/observability/alerts.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { SeverityMark } from '#renderer/ui/SeverityMark.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'

export const alertsOf = (rows: readonly InboxRow[]): readonly AlertRow[] =>
  rows.flatMap((row) => (row.kind === 'alert' ? [row.alert] : []))

/** Alerts as one line each, every line a link to the alert. */
export function AlertLines({ alerts }: { readonly alerts: readonly AlertRow[] }) {
  return (
    <ul>
      {alerts.map((alert) => (
        <li key={alert.id} className="border-b border-line last:border-b-0">
          <Link
            to="/alerts"
            search={{ alert: alert.id } as never}
            className="flex h-7 items-center gap-3 px-3 hover:bg-hover"
          >
            <span className="w-20 shrink-0">
              <SeverityMark severity={alert.severity} />
            </span>
            <span className="max-w-[40%] shrink-0 truncate font-medium">
              <SafeText text={alert.name} oneLine />
            </span>
            <span className="min-w-0 flex-1 text-muted">
              <SafeText text={alert.summary} oneLine />
            </span>
            <span className="max-w-24 shrink-0 truncate text-secondary text-muted">{alert.environment}</span>
            <RelativeTime at={alert.since} className="w-16 shrink-0 text-right text-secondary text-muted" />
          </Link>
        </li>
      ))}
    </ul>
  )
}
