import { Ban, CircleCheck, CircleX, Download, LoaderCircle, type LucideIcon, Trash2 } from 'lucide-react'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { CopyButton } from '#renderer/ui/CopyButton.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { saveBlob } from '#renderer/ui/export.ts'
import { formatBytes, formatDuration, formatNumber, plural } from '#renderer/ui/format.ts'
import { ProgressLine } from '#renderer/ui/ProgressLine.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { cancelExport, type ExportFile, type ExportRun, forgetExport } from './exports.ts'
import { formats } from './formats.ts'

type Look = { readonly icon: LucideIcon; readonly color: string; readonly word: string }

const looks: Readonly<Record<ExportRun['state'], Look>> = {
  running: { icon: LoaderCircle, color: 'text-accent', word: 'running' },
  done: { icon: CircleCheck, color: 'text-ok', word: 'done' },
  failed: { icon: CircleX, color: 'text-critical', word: 'failed' },
  cancelled: { icon: Ban, color: 'text-muted', word: 'cancelled' },
}

function Digest({ file }: { readonly file: ExportFile }) {
  return (
    <p className="flex items-start gap-1 text-secondary text-muted">
      <span className="min-w-0">
        SHA-256 <code className="font-mono text-code break-all text-fg">{file.sha256}</code>{' '}
        {file.measured === null ? 'as the application announced it' : 'recomputed here over the bytes that arrived'}
      </span>
      <CopyButton label="Copy the SHA-256" text={file.sha256} />
    </p>
  )
}

function HowToVerify({ name }: { readonly name: string }) {
  const command = `npx framework0-verify ${name}`
  return (
    <p className="flex items-start gap-1 text-secondary">
      <span className="min-w-0">
        Whoever receives it checks it without us and without a network:{' '}
        <code className="rounded-sm bg-pressed px-1 font-mono text-code">{command}</code>. It is one file without
        dependencies that can be read in an hour.
      </span>
      <CopyButton label="Copy the command" text={command} />
    </p>
  )
}

function Actions({ run }: { readonly run: ExportRun }) {
  const { id, state, file } = run
  if (state === 'running')
    return (
      <Button size={24} onClick={() => cancelExport(id)}>
        Cancel
      </Button>
    )
  return (
    <>
      {file === null ? null : (
        <Button size={24} icon={Download} onClick={() => saveBlob(file.name, file.blob)}>
          Save again
        </Button>
      )}
      <IconButton size={24} icon={Trash2} label="Take it off this list" onClick={() => forgetExport(id)} />
    </>
  )
}

/** One export: how far it is, or what came of it. */
export function ExportRunLine({ run }: { readonly run: ExportRun }) {
  const { state, format, words, entries, total, bytes, startedAt, endedAt, error, file } = run
  const { icon: Icon, color, word } = looks[state]
  return (
    <div className="flex flex-col gap-1">
      <div className="flex min-h-7 flex-wrap items-center gap-x-3">
        <span className={`inline-flex w-24 items-center gap-1.5 ${color}`}>
          <Icon aria-hidden size={13} className={state === 'running' ? 'animate-spin' : undefined} />
          {word}
        </span>
        <span className="font-medium">{formats[format].title}</span>
        <span className="min-w-0 max-w-96">
          <SafeText text={words} oneLine className="text-muted" />
        </span>
        <span role="status">
          {state === 'running' ? `${formatNumber(entries, 0)} of ` : ''}
          {plural(state === 'running' ? total : entries, 'entry', 'entries')}, {formatBytes(bytes)}
          {endedAt === null ? '' : ` in ${formatDuration((endedAt - startedAt) / 1000)}`}
        </span>
        {state === 'running' ? (
          <ProgressLine label="Export" done={entries} total={total} startedAt={startedAt} />
        ) : null}
        <span className="flex-1" />
        <Actions run={run} />
      </div>
      {error === null ? null : <ErrorPanel title="Nothing was saved." error={error} />}
      {file === null ? null : <Digest file={file} />}
      {file !== null && format === 'evidence' ? <HowToVerify name={file.name} /> : null}
    </div>
  )
}
