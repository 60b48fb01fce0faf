import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Milestone, TriangleAlert } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Button } from '#renderer/ui/Button.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { CheckpointsDialog } from './CheckpointsDialog.tsx'
import { IntegrityBadge } from './IntegrityBadge.tsx'
import { Problems } from './Problems.tsx'
import { auditIntegrity, useForbidden, useIntegrityLive } from './queries.ts'
import { standingOf } from './standing.ts'
import { useVerification, verifyLog } from './verification.ts'

const tabs = [
  { to: '/audit', title: 'Log', shortcut: '1' },
  { to: '/audit/delivery', title: 'Delivery', shortcut: '2' },
  { to: '/audit/retention', title: 'Retention', shortcut: '3' },
] as const

const tabClass =
  'flex h-full items-center border-b-2 border-transparent text-muted hover:text-fg data-[status=active]:border-accent data-[status=active]:text-fg'

function Tabs() {
  return (
    <nav aria-label="Audit" className="flex h-full shrink-0 items-stretch gap-4">
      {tabs.map(({ to, title }) => (
        <Link key={to} to={to} activeOptions={{ exact: true, includeSearch: false }} className={tabClass}>
          {title}
        </Link>
      ))}
    </nav>
  )
}

function useFrameCommands(onCheckpoints: () => void): void {
  const client = useQueryClient()
  const navigate = useNavigate()
  const forbidden = useForbidden()
  const area = 'Audit'
  useCommands([
    {
      id: 'audit.verify',
      title: 'Verify the audit log',
      area,
      keywords: 'integrity hash tree merkle tamper proof',
      shortcut: 'v',
      disabledReason: forbidden('audit.verify'),
      run: () => void verifyLog(client),
    },
    {
      id: 'audit.checkpoints',
      title: 'Show the signed checkpoints',
      area,
      keywords: 'consistency proof tree head',
      shortcut: 'c',
      run: onCheckpoints,
    },
    ...tabs.map(({ to, title, shortcut }) => ({
      id: `audit:${to}`,
      title: `Audit: ${title}`,
      area,
      shortcut,
      run: () => void navigate({ to }),
    })),
  ])
}

/** Anchors that did not answer: what they remember was not compared, so the verification says less than it could. */
function Unasked({ reasons }: { readonly reasons: readonly string[] }) {
  if (reasons.length === 0) return null
  return (
    <ul aria-label="Anchors that could not be asked" className="border-b border-line bg-surface-1 py-1">
      {reasons.map((reason) => (
        <li key={reason} className="flex items-baseline gap-2 px-3 text-secondary">
          <TriangleAlert aria-hidden size={13} className="shrink-0 translate-y-0.5 text-warning" />
          <span className="shrink-0 font-medium text-warning">Not compared with an anchor.</span>
          <SafeText text={reason} className="min-w-0" />
        </li>
      ))}
    </ul>
  )
}

/** What stands over every audit screen: its parts, and whether the log holds. */
export function AuditFrame({ children }: { readonly children: ReactNode }) {
  useIntegrityLive()
  const [checkpoints, setCheckpoints] = useState(false)
  const forbidden = useForbidden()
  const client = useQueryClient()
  const integrity = useQuery(auditIntegrity)
  const error = useVerification((verification) => verification.error)
  useFrameCommands(() => setCheckpoints(true))
  const standing = integrity.data === undefined ? null : standingOf(integrity.data)
  return (
    <div className="flex h-full flex-col">
      <div className="flex h-9 shrink-0 items-center gap-2 border-b border-line bg-surface-1 px-3">
        <Tabs />
        <IntegrityBadge forbidden={forbidden('audit.verify')} />
        <Button size={24} icon={Milestone} shortcut="c" onClick={() => setCheckpoints(true)}>
          Checkpoints…
        </Button>
      </div>
      {standing?.kind === 'broken' ? <Problems problems={standing.problems} /> : null}
      <Unasked reasons={integrity.data?.unasked ?? []} />
      {error === null ? null : (
        <div className="border-b border-line p-2">
          <ErrorPanel title="The log was not verified." error={error} onRetry={() => void verifyLog(client)} />
        </div>
      )}
      {integrity.error === null ? null : (
        <div className="border-b border-line p-2">
          <ErrorPanel
            title="What is known of the log's integrity could not be read."
            error={integrity.error}
            onRetry={() => void integrity.refetch()}
          />
        </div>
      )}
      <div className="min-h-0 flex-1">{children}</div>
      <CheckpointsDialog open={checkpoints} onClose={() => setCheckpoints(false)} />
    </div>
  )
}
