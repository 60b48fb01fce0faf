import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { clsx } from 'clsx'
import { CircleAlert, CircleCheck, CirclePause, LockKeyhole, type LucideIcon, PlugZap } from 'lucide-react'
import { useScope } from '#renderer/app/scope.ts'
import { plural } from '#renderer/ui/format.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { alertSources, connectionList } from './overview-queries.ts'
import { Deeper, Panel } from './Panel.tsx'
import { type SourceLine, sourceLines } from './source-lines.ts'

type Look = { readonly icon: LucideIcon; readonly color: string; readonly word: string }

const looks: Readonly<Record<SourceLine['status'], Look>> = {
  stale: { icon: CircleAlert, color: 'text-critical', word: 'not read' },
  paused: { icon: LockKeyhole, color: 'text-warning', word: 'vault locked' },
  starting: { icon: PlugZap, color: 'text-accent', word: 'connecting' },
  live: { icon: CircleCheck, color: 'text-ok', word: 'live' },
  disabled: { icon: CirclePause, color: 'text-muted', word: 'disabled' },
}

function Line({ line }: { readonly line: SourceLine }) {
  const { icon: Icon, color, word } = looks[line.status]
  return (
    <li className="border-b border-line last:border-b-0">
      <Link
        to={line.to}
        search={(line.to === '/connections' ? { open: line.id } : { tab: 'rules' }) as never}
        className="flex h-7 items-center gap-2 px-3 hover:bg-hover"
      >
        <span className={clsx('flex w-24 shrink-0 items-center gap-1.5', color)}>
          <Icon aria-hidden size={13} strokeWidth={1.75} />
          {word}
        </span>
        <span className="max-w-[35%] shrink-0 truncate font-medium">
          <SafeText text={line.name} oneLine />
        </span>
        <span className="min-w-0 flex-1 text-secondary text-muted">
          <SafeText text={line.text} oneLine />
        </span>
        <span className="max-w-24 shrink-0 truncate text-secondary text-muted">{line.environment}</span>
        <span className="w-16 shrink-0 text-right text-secondary text-muted">
          {line.lastSuccessAt === null ? 'never' : <RelativeTime at={line.lastSuccessAt} />}
        </span>
      </Link>
    </li>
  )
}

const linesShown = 6

/** Where alerts come from, and how fresh each is. */
export function Sources() {
  const environment = useScope((scope) => scope.environment)
  const sources = useQuery(alertSources)
  const { data: connections = [] } = useQuery(connectionList)
  const inScope = (line: SourceLine) => environment === null || line.environment === environment
  const lines = sourceLines(sources.data ?? [], connections).filter(inScope)
  const more = lines.length - linesShown
  return (
    <Panel title="Sources" actions={<Deeper to="/connections">Connections</Deeper>}>
      <QueryView
        query={sources}
        failure="The sources could not be loaded."
        skeletonRows={2}
        ready={() => (
          <>
            <ul>
              {lines.slice(0, linesShown).map((line) => (
                <Line key={line.id} line={line} />
              ))}
            </ul>
            {more > 0 ? (
              <div className="px-3">
                <Deeper to="/connections">{plural(more, 'more', 'more')}</Deeper>
              </div>
            ) : null}
          </>
        )}
      />
    </Panel>
  )
}
