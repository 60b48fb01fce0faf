import { useNavigate } from '@tanstack/react-router'
import type { DrawerTab } from '#renderer/app/BottomDrawer.tsx'
import type { StatusItem } from '#renderer/app/StatusBar.tsx'
import { usePermission } from '#renderer/rpc/verdicts.ts'
import { ExportsDrawer } from './ExportsDrawer.tsx'
import { exportsTab } from './exports.ts'
import { IntegrityMark } from './IntegrityBadge.tsx'
import { useIntegrityLive } from './queries.ts'

/** The exports of the audit log as a tab of the bottom drawer. */
export const auditExportsTab: DrawerTab = { id: exportsTab, title: 'Exports', panel: <ExportsDrawer /> }

const asked = ['audit.integrity', 'audit.watch'] as const

/** Whether the audit log holds, for the status bar; null for whoever may not read it. Pressing it opens the log. */
export function useAuditStatusItem(): StatusItem | null {
  const may = usePermission(asked).kind === 'allowed'
  const navigate = useNavigate()
  useIntegrityLive(may)
  if (!may) return null
  return {
    id: 'audit',
    content: <IntegrityMark />,
    title: 'Whether the audit log holds, as far as it was verified',
    onPress: () => void navigate({ to: '/audit' }),
  }
}
