import { Link } from '@tanstack/react-router'
import { formatMatchers } from '#preload/observability/matchers.ts'
import type { Silence } from '#preload/observability/silences.ts'
import { formatNumber, plural } from '#renderer/ui/format.ts'

/** How many alerts a silence suppresses; leads to them. */
export function SuppressedLink({ silence: { matchers, suppressed } }: { readonly silence: Silence }) {
  if (suppressed === 0) return <span className="text-muted">0</span>
  return (
    <Link
      to="/alerts"
      search={{ matchers: formatMatchers(matchers), states: ['silenced'] } as never}
      tabIndex={-1}
      title={`Show the ${plural(suppressed, 'alert')} it suppresses`}
      className="text-accent hover:underline"
    >
      {formatNumber(suppressed, 0)}
    </Link>
  )
}
