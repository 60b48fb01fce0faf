import { useQuery } from '@tanstack/react-query'
import { FileOutput, Save, Trash2, X } from 'lucide-react'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import type { GatewayFile } from '#preload/integration/gateway.ts'
import { useVaultRetry } from '#renderer/app/vault-port.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { TextArea, TextField } from '#renderer/ui/TextField.tsx'
import { useDraft } from '#renderer/ui/use-draft.ts'
import { ConfirmFileRemoval } from './ConfirmFileRemoval.tsx'
import { ExportDialog } from './ExportDialog.tsx'
import { FileFindings } from './FileFindings.tsx'
import { blankDraft, type FileDraft } from './file-draft.ts'
import { LeftOut } from './LeftOut.tsx'
import { fileCheck, useForbidden, useGatewayChange } from './queries.ts'

type FileEditorProps = {
  readonly file: GatewayFile | null
  /** What a new one begins with. */
  readonly draft?: FileDraft
  readonly onClose: () => void
  readonly onSaved: (name: string) => void
  /** Told whether closing it would lose something. */
  readonly onUnsaved: (unsaved: boolean) => void
}

/** One file: its text, what is wrong in it, and what it would have the gateway do. */
export function FileEditor({ file, draft = blankDraft, onClose, onSaved, onUnsaved }: FileEditorProps) {
  const [name, setName] = useState(file?.name ?? draft.name)
  // What was opened, also while somebody else saves: the door then says that it is not the present one.
  const [opened, setOpened] = useState({ text: file?.text ?? draft.text, revision: file?.revision ?? null })
  const [checked, setChecked] = useState(opened.text)
  const [text, setText] = useDraft(checked, setChecked)
  const saving = useRef(false)
  const [removing, setRemoving] = useState(false)
  const [exporting, setExporting] = useState(false)
  const forbidden = useForbidden()
  const retry = useVaultRetry()
  const check = useQuery(fileCheck(checked, file?.name ?? null))
  const save = useGatewayChange(() =>
    retry(() => api.gateway.saveFile({ name: name.trim(), text, revision: opened.revision })),
  )
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    // A second press may come before the button is drawn as busy.
    if (saving.current) return
    saving.current = true
    save.mutate(undefined, {
      onSettled: () => {
        saving.current = false
      },
      onSuccess: (saved) => {
        setOpened({ text: saved.text, revision: saved.revision })
        onSaved(saved.name)
      },
    })
  }
  /** What was wrong with another text says nothing of this one. */
  const edited = (): void => {
    if (save.isError) save.reset()
  }
  const unsaved = file === null ? name !== '' || text !== blankDraft.text : text !== opened.text
  const tellUnsaved = useRef(onUnsaved)
  tellUnsaved.current = onUnsaved
  useEffect(() => {
    tellUnsaved.current(unsaved)
    return () => tellUnsaved.current(false)
  }, [unsaved])
  const changed = file === null || text !== opened.text || file.refusal !== null
  return (
    <form onSubmit={submit} className="flex h-full min-h-0 flex-col gap-3 overflow-auto p-3">
      <header className="flex items-center gap-2">
        <h2 className="min-w-0 flex-1 truncate font-semibold text-title">{file?.name ?? 'A new file'}</h2>
        <Button
          type="submit"
          icon={Save}
          kind="primary"
          busy={save.isPending}
          disabled={!changed}
          forbidden={forbidden('gateway.saveFile')}
        >
          Save and serve
        </Button>
        {file === null ? null : (
          <>
            <Button icon={FileOutput} disabled={file.problems.length > 0} onClick={() => setExporting(true)}>
              Export…
            </Button>
            <Button icon={Trash2} forbidden={forbidden('gateway.removeFile')} onClick={() => setRemoving(true)}>
              Remove
            </Button>
          </>
        )}
        <IconButton size={24} icon={X} label="Close" onClick={onClose} />
      </header>
      {file === null || file.refusal === null ? null : (
        <p className="text-critical">
          <SafeText text={file.refusal} />
        </p>
      )}
      {file === null ? (
        <Field label="Name" required>
          <TextField
            value={name}
            onChange={({ target }) => {
              setName(target.value)
              edited()
            }}
            placeholder="shop"
          />
        </Field>
      ) : null}
      <Field label="Gateway API documents (YAML)" required>
        <TextArea
          mono
          rows={22}
          value={text}
          onChange={({ target }) => {
            setText(target.value)
            edited()
          }}
        />
      </Field>
      {save.error === null ? null : <ErrorPanel title="The file was not saved." error={save.error} />}
      {file === null ? <LeftOut title="Not taken over from the document" findings={draft.findings} /> : null}
      <FileFindings check={check.data} error={check.error} />
      {removing && file !== null ? (
        <ConfirmFileRemoval file={file} onClose={() => setRemoving(false)} onRemoved={onClose} />
      ) : null}
      {exporting && file !== null ? <ExportDialog name={file.name} onClose={() => setExporting(false)} /> : null}
    </form>
  )
}
