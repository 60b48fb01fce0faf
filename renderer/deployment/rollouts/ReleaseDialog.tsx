import { type FormEvent, useState } from 'react'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { TextArea, TextField } from '#renderer/ui/TextField.tsx'
import { useRolloutChange } from './queries.ts'

type ReleaseDialogProps = { readonly service: string; readonly onClose: () => void }

/** Keeps a folder of this machine as a version. */
export function ReleaseDialog({ service, onClose }: ReleaseDialogProps) {
  const [draft, setDraft] = useState({ version: '', folder: '', notes: '' })
  const add = useRolloutChange(() => api.rollouts.addRelease({ service, ...draft }))
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    add.mutate(undefined, { onSuccess: onClose })
  }
  const set = (change: Partial<typeof draft>): void => setDraft((present) => ({ ...present, ...change }))
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Add a version of ${service}`}
      description="A copy of the folder is kept under the digest of what is in it. It never changes, so that a rollback brings back exactly what ran."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form="add-release"
            kind="primary"
            busy={add.isPending}
            disabled={draft.version.trim() === '' || draft.folder.trim() === ''}
          >
            Add the version
          </Button>
        </>
      }
    >
      <form id="add-release" onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Version" required>
          <TextField value={draft.version} onChange={({ target }) => set({ version: target.value })} />
        </Field>
        <Field label="Folder on this machine" hint="What the command of the service is run in." required>
          <TextField mono value={draft.folder} onChange={({ target }) => set({ folder: target.value })} />
        </Field>
        <Field label="Notes">
          <TextArea rows={3} value={draft.notes} onChange={({ target }) => set({ notes: target.value })} />
        </Field>
        {add.error === null ? null : <ErrorPanel title="The version was not added." error={add.error} />}
      </form>
    </Dialog>
  )
}
