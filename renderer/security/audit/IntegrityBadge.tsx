import { useQuery, useQueryClient } from '@tanstack/react-query'
import { CircleDashed, type LucideIcon, ShieldAlert, ShieldCheck, ShieldEllipsis } from 'lucide-react'
import type { Checkpoint } from '#preload/security/audit-integrity.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { formatNumber, plural } from '#renderer/ui/format.ts'
import { ProgressLine } from '#renderer/ui/ProgressLine.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { auditIntegrity } from './queries.ts'
import { type Standing, shortHash, shortKey, standingOf } from './standing.ts'
import { cancelVerification, useVerification, verifyLog } from './verification.ts'

type Look = { readonly icon: LucideIcon; readonly color: string; readonly word: string }

const looks: Readonly<Record<Standing['kind'], Look>> = {
  unverified: { icon: CircleDashed, color: 'text-muted', word: 'Not verified' },
  verified: { icon: ShieldCheck, color: 'text-ok', word: 'Verified' },
  appended: { icon: ShieldEllipsis, color: 'text-warning', word: 'Verified in part' },
  broken: { icon: ShieldAlert, color: 'text-critical', word: 'Broken' },
}

/** The state in a word; of what was appended since, the number is the word. */
function Mark({ standing, size }: { readonly standing: Standing; readonly size: number }) {
  const { icon: Icon, color, word } = looks[standing.kind]
  return (
    <span className={`inline-flex shrink-0 items-center gap-1 font-medium ${color}`}>
      <Icon aria-hidden size={size} className="shrink-0" />
      {standing.kind === 'appended' ? `${plural(standing.since, 'entry', 'entries')} since` : word}
    </span>
  )
}

/** A checkpoint by everything that names it: its size, its root and the key that signed it. */
function Named({ checkpoint }: { readonly checkpoint: Checkpoint }) {
  const { size, root, key } = checkpoint
  return (
    <>
      checkpoint {formatNumber(size, 0)}, root{' '}
      <code className="font-mono text-code" title={root}>
        {shortHash(root)}
      </code>
      , key{' '}
      <code className="font-mono text-code" title={key}>
        {shortKey(key)}
      </code>
    </>
  )
}

function Unverified({ recomputedAt }: { readonly recomputedAt: string | null }) {
  if (recomputedAt === null)
    return <span className="truncate text-muted">since the application started. Verify recomputes every entry.</span>
  return (
    <span className="truncate text-muted">
      to a checkpoint: every entry holds, but nothing is signed. Checkpoints are signed while the vault is open.
    </span>
  )
}

function Words({ standing }: { readonly standing: Standing }) {
  if (standing.kind === 'unverified') return <Unverified recomputedAt={standing.recomputedAt} />
  if (standing.kind === 'broken')
    return (
      <span>
        {plural(standing.problems.length, 'problem')}
        {standing.at === null ? null : (
          <>
            , found <RelativeTime at={standing.at} />
          </>
        )}
      </span>
    )
  return (
    <span className="min-w-0 truncate">
      {standing.kind === 'appended' ? 'the verified ' : 'to '}
      <Named checkpoint={standing.checkpoint} />, <RelativeTime at={standing.at} />
    </span>
  )
}

function Verifying() {
  const running = useVerification((verification) => verification.running)
  const { checked = 0, size = 0 } = running?.progress ?? {}
  return (
    <>
      <span className="truncate">
        Verifying {formatNumber(checked, 0)} of {plural(size, 'entry', 'entries')}
      </span>
      <ProgressLine label="Verification" done={checked} total={size} startedAt={running?.startedAt} />
    </>
  )
}

/** Whether the log is what was written, as far as somebody asked: always on the screen, green only to a named checkpoint. */
export function IntegrityBadge({ forbidden }: { readonly forbidden: string | undefined }) {
  const client = useQueryClient()
  const { data } = useQuery(auditIntegrity)
  const isRunning = useVerification(({ running }) => running !== null)
  const standing = data === undefined ? null : standingOf(data)
  return (
    <>
      <div role="status" aria-label="Integrity" className="flex min-w-0 flex-1 items-center justify-end gap-2">
        {isRunning ? <Verifying /> : null}
        {isRunning || standing === null ? null : (
          <>
            <Mark standing={standing} size={15} /> <Words standing={standing} />
          </>
        )}
      </div>
      {isRunning ? (
        <Button size={24} onClick={cancelVerification}>
          Cancel
        </Button>
      ) : (
        <Button size={24} icon={ShieldCheck} shortcut="v" forbidden={forbidden} onClick={() => void verifyLog(client)}>
          Verify
        </Button>
      )}
    </>
  )
}

/** The same in one word, for the status bar. */
export function IntegrityMark() {
  const { data } = useQuery(auditIntegrity)
  const running = useVerification((verification) => verification.running)
  if (running !== null) {
    const { checked = 0, size = 0 } = running.progress ?? {}
    return (
      <>
        Verifying the audit log, {formatNumber(checked, 0)} of {formatNumber(size, 0)}
      </>
    )
  }
  if (data === undefined) return <>Audit …</>
  const standing = standingOf(data)
  const { icon: Icon, color } = looks[standing.kind]
  return (
    <span className={`flex items-center gap-1 ${color}`}>
      <Icon aria-hidden size={12} strokeWidth={1.75} />
      {standingWords(standing)}
    </span>
  )
}

function standingWords(standing: Standing): string {
  if (standing.kind === 'unverified') return 'Audit not verified'
  if (standing.kind === 'broken') return 'Audit broken'
  if (standing.kind === 'appended') return `Audit: ${formatNumber(standing.since, 0)} since verified`
  return `Audit verified to ${formatNumber(standing.checkpoint.size, 0)}`
}
