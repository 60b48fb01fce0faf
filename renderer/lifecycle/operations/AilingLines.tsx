import { Link } from '@tanstack/react-router'
import { plural } from '#renderer/ui/format.ts'
import { HealthMark } from '#renderer/ui/HealthMark.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import type { Ailing } from './ailing.ts'
import { Deeper } from './Panel.tsx'

const shown = 6

/** What is wrong in environments as one line each, every line a link to the environment. */
export function AilingLines({ ailing }: { readonly ailing: readonly Ailing[] }) {
  if (ailing.length === 0) return null
  const more = ailing.length - shown
  return (
    <div className="border-b border-line last:border-b-0">
      <ul>
        {ailing.slice(0, shown).map(({ environment, service, status, reason }) => (
          <li
            key={`${environment} ${service} ${reason}`}
            title={reason}
            className="border-b border-line last:border-b-0"
          >
            <Link
              to="/environments"
              search={{ open: environment } as never}
              className="flex h-7 items-center gap-3 px-3 hover:bg-hover"
            >
              <span className="w-24 shrink-0">
                <HealthMark status={status} />
              </span>
              <span className="max-w-[40%] shrink-0 truncate font-medium">
                <SafeText text={service ?? environment} oneLine />
              </span>
              <span className="min-w-0 flex-1 text-muted">
                <SafeText text={reason} oneLine />
              </span>
              <span className="max-w-24 shrink-0 truncate text-secondary text-muted">{environment}</span>
            </Link>
          </li>
        ))}
      </ul>
      {more > 0 ? (
        <div className="px-3">
          <Deeper to="/environments">{plural(more, 'more', 'more')}</Deeper>
        </div>
      ) : null}
    </div>
  )
}
