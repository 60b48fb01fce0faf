import { useNavigate } from '@tanstack/react-router'
import { openDrawer } from '#renderer/app/overlays.ts'
import { useCommands } from '#renderer/ui/commands.ts'
import { toast } from '#renderer/ui/toasts.ts'
import { type AuditSearch, questionOf } from './audit-search.ts'
import { exportsTab } from './exports.ts'
import type { useForbidden } from './queries.ts'

type Parts = {
  readonly search: AuditSearch
  readonly forbidden: ReturnType<typeof useForbidden>
  readonly startExport: () => void
  readonly saveQuestion: () => void
  readonly closeDetail: () => void
}

const area = 'Audit'

const copyLink = (): void =>
  void navigator.clipboard
    .writeText(window.framework0 === undefined ? window.location.href : `framework0://audit${window.location.search}`)
    .then(
      () => toast('Copied a link to this view.'),
      () => toast('The clipboard is not available.', { tone: 'failed' }),
    )

/** Every action of the log, once, for palette, keys and help. */
export function useAuditCommands({ search, forbidden, startExport, saveQuestion, closeDetail }: Parts): void {
  const navigate = useNavigate()
  useCommands([
    {
      id: 'audit.export',
      title: 'Export the audit log',
      area,
      keywords: 'csv json ocsf xlsx pdf evidence package auditor',
      shortcut: 'e',
      disabledReason: forbidden('audit.export'),
      run: startExport,
    },
    {
      id: 'audit.saveQuestion',
      title: 'Save this question',
      area,
      keywords: 'view filter',
      shortcut: 's',
      disabledReason: forbidden('operations.saveView'),
      run: saveQuestion,
    },
    {
      id: 'audit.hold',
      title: 'Place a legal hold on what is shown',
      area,
      shortcut: 'h',
      disabledReason: forbidden('audit.placeHold'),
      run: () => void navigate({ to: '/audit/retention', search: { ...questionOf(search), hold: true } as never }),
    },
    { id: 'audit.copy', title: 'Copy a link to this view', area, shortcut: 'y', run: copyLink },
    { id: 'audit.exports', title: 'Show the exports of the audit log', area, run: () => openDrawer(exportsTab) },
    {
      id: 'audit.close',
      title: 'Close the detail',
      area,
      shortcut: 'Esc',
      when: () => search.open !== undefined,
      run: closeDetail,
    },
  ])
}
