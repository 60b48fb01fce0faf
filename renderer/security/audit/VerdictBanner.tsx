import { useQuery, useQueryClient } from '@tanstack/react-query'
import { CircleDashed, ShieldAlert, ShieldCheck } from 'lucide-react'
import type { AuditVerdict } from '#preload/security/audit.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { plural } from '#renderer/ui/format.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { auditVerdict } from './queries.ts'

const shortHash = (hash: string): string => hash.slice(0, 12)

function Verdict({ verdict, onShow }: { readonly verdict: AuditVerdict; readonly onShow: (sequence: number) => void }) {
  if (verdict.kind === 'intact')
    return (
      <>
        <ShieldCheck aria-hidden size={15} className="shrink-0 text-ok" />
        <span className="font-medium text-ok">Intact</span>
        <span className="min-w-0 truncate">
          {plural(verdict.entries, 'entry', 'entries')}, head{' '}
          <code className="font-mono text-code" title={verdict.head}>
            {shortHash(verdict.head)}
          </code>
          , verified <RelativeTime at={verdict.at} />
        </span>
      </>
    )
  return (
    <>
      <ShieldAlert aria-hidden size={15} className="shrink-0 text-critical" />
      <span className="font-medium text-critical">Broken</span>
      <span className="min-w-0">
        at{' '}
        <button type="button" className="text-accent hover:underline" onClick={() => onShow(verdict.sequence)}>
          entry {verdict.sequence}
        </button>
        : <SafeText text={verdict.reason} /> Everything before it holds. Found <RelativeTime at={verdict.at} />.
      </span>
    </>
  )
}

/** Whether the log is what was written, as far as somebody asked. */
export function VerdictBanner({ onShow }: { readonly onShow: (sequence: number) => void }) {
  const { data, error, isFetching, refetch } = useQuery(auditVerdict)
  const client = useQueryClient()
  const verify = () => void refetch()
  useCommands([
    {
      id: 'audit.verify',
      title: 'Verify the audit log',
      area: 'Audit',
      keywords: 'hash chain tamper',
      shortcut: 'v',
      run: verify,
    },
  ])
  const broken = data?.kind === 'broken'
  return (
    <div className={broken ? 'border-b border-critical bg-critical/5' : 'border-b border-line bg-surface-1'}>
      <div role="status" className="flex min-h-8 items-center gap-2 px-3 py-0.5">
        {isFetching ? (
          <span className="min-w-0 flex-1 text-muted">Recomputing the hash of every entry…</span>
        ) : (
          <span className="flex min-w-0 flex-1 items-center gap-2">
            {data === undefined ? (
              <>
                <CircleDashed aria-hidden size={15} className="shrink-0 text-muted" />
                <span className="text-muted">Not verified yet.</span>
              </>
            ) : (
              <Verdict verdict={data} onShow={onShow} />
            )}
          </span>
        )}
        {isFetching ? (
          <Button size={24} onClick={() => void client.cancelQueries({ queryKey: auditVerdict.queryKey })}>
            Cancel
          </Button>
        ) : (
          <Button size={24} icon={ShieldCheck} shortcut="v" onClick={verify}>
            Verify
          </Button>
        )}
      </div>
      {error === null || isFetching ? null : (
        <div className="px-3 pb-2">
          <ErrorPanel title="The log was not verified." error={error} onRetry={verify} />
        </div>
      )}
    </div>
  )
}
