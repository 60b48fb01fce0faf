import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { AuditEntry } from '#preload/security/audit.ts'
import { usePermission } from '#renderer/rpc/verdicts.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { type ChangeWords, changeWords } from './change-words.ts'
import { lastChanges, recentRollouts, useChangesLive } from './overview-queries.ts'
import { Deeper, Panel } from './Panel.tsx'
import { jobList } from './queries.ts'

const colors: Readonly<Record<ChangeWords['tone'], string>> = {
  quiet: 'text-muted',
  bad: 'text-high',
  warning: 'text-warning',
}

function Entry({ entry, words }: { readonly entry: AuditEntry; readonly words: ChangeWords }) {
  return (
    <li className="border-b border-line last:border-b-0">
      <Link
        to="/audit"
        search={{ open: entry.sequence, correlation: entry.correlationId } as never}
        className="flex h-7 items-center gap-3 px-3 hover:bg-hover"
      >
        <RelativeTime at={entry.at} className="w-16 shrink-0 text-secondary text-muted" />
        <span className="max-w-[45%] shrink-0 truncate font-mono text-code">{entry.operation}</span>
        <span className="min-w-0 flex-1">
          <SafeText text={words.target} oneLine />
        </span>
        <span className={`shrink-0 text-secondary ${colors[words.tone]}`}>{words.outcome}</span>
        <span className="max-w-20 shrink-0 truncate text-secondary text-muted">{entry.actor ?? 'erased'}</span>
      </Link>
    </li>
  )
}

function List() {
  useChangesLive()
  const query = useQuery(lastChanges)
  const { data: rollouts = [] } = useQuery(recentRollouts)
  const { data: jobs = [] } = useQuery(jobList)
  return (
    <QueryView
      query={query}
      failure="The last changes could not be loaded."
      skeletonRows={4}
      empty={(entries) =>
        entries.length === 0 ? <p className="p-3 text-muted">Nothing has been changed yet.</p> : null
      }
      ready={(entries) => (
        <ul>
          {entries.map((entry) => (
            <Entry key={entry.sequence} entry={entry} words={changeWords(entry, { rollouts, jobs })} />
          ))}
        </ul>
      )}
    />
  )
}

const reading = ['audit.list', 'audit.watch'] as const

/** What changed last, and who did it; nothing is asked for somebody who may not read the audit log. */
export function Changes() {
  const permission = usePermission(reading)
  return (
    <Panel title="What changed" actions={<Deeper to="/audit">Audit</Deeper>}>
      {permission.kind === 'allowed' ? <List /> : null}
      {permission.kind === 'refused' ? (
        <p className="p-3 text-muted">
          <SafeText text={permission.reason} />
        </p>
      ) : null}
    </Panel>
  )
}
