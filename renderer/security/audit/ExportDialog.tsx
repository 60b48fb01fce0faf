import { Download } from 'lucide-react'
import { useState } from 'react'
import { type AuditFilter, type AuditFormat, auditFormat } from '#preload/security/audit.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { ExportRunLine } from './ExportRunLine.tsx'
import { startExport, useExports } from './exports.ts'
import { type Count, countWords } from './filter-words.ts'
import { formats } from './formats.ts'

type CardsProps = { readonly value: AuditFormat; readonly onChange: (format: AuditFormat) => void }

const order: readonly AuditFormat[] = ['evidence', 'csv', 'jsonl', 'ocsf', 'xlsx', 'pdf']

/** One card a format; arrow keys choose, as in any group of radio buttons. */
function FormatCards({ value, onChange }: CardsProps) {
  return (
    <fieldset className="grid grid-cols-2 gap-2">
      <legend className="sr-only">Format</legend>
      {order.map((format) => (
        <label
          key={format}
          className="flex cursor-pointer items-start gap-2 rounded border border-line bg-surface-1 px-3 py-2 hover:bg-hover has-checked:border-accent has-checked:bg-selected has-focus-visible:outline-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            name="format"
            className="mt-1 shrink-0 accent-accent"
            checked={format === value}
            onChange={() => onChange(auditFormat.parse(format))}
          />
          <span className="min-w-0">
            <span className="block font-medium">{formats[format].title}</span>
            <span className="block text-secondary text-muted">{formats[format].purpose}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}

const verifyHint = (
  <p className="text-secondary text-muted">
    Anybody checks an evidence package without us and without a network:{' '}
    <code className="rounded-sm bg-pressed px-1 font-mono text-code text-fg">npx framework0-verify package.zip</code>
  </p>
)

export type ExportDialogProps = {
  readonly open: boolean
  readonly onClose: () => void
  readonly filter: AuditFilter
  /** The filter as a phrase, and how many entries it has. */
  readonly words: string
  readonly count: Count
  readonly forbidden: string | undefined
}

/** Chooses a format for what the screen shows. The export goes on when the dialog is closed. */
export function ExportDialog({ open, onClose, filter, words, count, forbidden }: ExportDialogProps) {
  const [format, setFormat] = useState<AuditFormat>('evidence')
  const [id, setId] = useState<number | null>(null)
  const run = useExports(({ runs }) => runs.find((candidate) => candidate.id === id))
  const close = () => {
    setId(null)
    onClose()
  }
  return (
    <Dialog
      open={open}
      onClose={close}
      size="large"
      title="Export the audit log"
      description="The export is written to the log itself, with who asked for it."
      footer={
        <>
          <Button onClick={close}>{run?.state === 'running' ? 'Go on in the background' : 'Close'}</Button>
          <Button
            kind="primary"
            icon={Download}
            busy={run?.state === 'running'}
            forbidden={forbidden}
            onClick={() => setId(startExport({ format, filter }, words))}
          >
            Export {countWords(count)}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <p>
          {countWords(count)}: <SafeText text={words} />
        </p>
        <FormatCards value={format} onChange={setFormat} />
        {format === 'evidence' ? verifyHint : null}
        {run === undefined ? null : (
          <div className="rounded border border-line px-3 py-1">
            <ExportRunLine run={run} />
          </div>
        )}
      </div>
    </Dialog>
  )
}
