import { useMutation } from '@tanstack/react-query'
import { Download, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { asAppError } from '#preload/contract/error.ts'
import type { AuditFilter } from '#preload/security/audit.ts'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { saveText, toCsv } from '#renderer/ui/export.ts'
import { exportColumns } from '#renderer/ui/grid/column.ts'
import { Menu } from '#renderer/ui/Menu.tsx'
import { auditColumns } from './columns.tsx'
import { everyEntry } from './queries.ts'

const columns = exportColumns(auditColumns)

/** All rows of the filter, not only those that are loaded: as CSV for a spreadsheet, or whole as JSON. */
export function ExportMenu({ filter }: { readonly filter: AuditFilter }) {
  const stop = useRef(new AbortController())
  useEffect(() => () => stop.current.abort(), [])
  const { mutate, isPending, error, reset } = useMutation({
    async mutationFn(kind: 'csv' | 'json') {
      stop.current = new AbortController()
      const entries = await everyEntry(filter, stop.current.signal)
      if (kind === 'csv') saveText('audit.csv', toCsv(columns, entries), 'text/csv')
      else saveText('audit.json', JSON.stringify(entries, null, 2), 'application/json')
    },
  })
  useCommands([
    { id: 'audit.csv', title: 'Export the audit log as CSV', area: 'Audit', run: () => mutate('csv') },
    { id: 'audit.json', title: 'Export the audit log as JSON', area: 'Audit', run: () => mutate('json') },
  ])
  const failure = error === null ? null : asAppError(error)
  if (isPending)
    return (
      <Button icon={X} onClick={() => stop.current.abort()}>
        Cancel the export
      </Button>
    )
  return (
    <>
      {failure === null || failure.code === 'cancelled' ? null : (
        <button type="button" className="text-secondary text-critical" onClick={reset} title="Dismiss">
          Not exported: {failure.message}
        </button>
      )}
      <Menu
        label="Export"
        align="end"
        trigger={<IconButton icon={Download} label="Export" />}
        items={[
          { id: 'csv', label: 'CSV', run: () => mutate('csv') },
          { id: 'json', label: 'JSON', run: () => mutate('json') },
        ]}
      />
    </>
  )
}
