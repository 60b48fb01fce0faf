import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Bookmark, BookmarkPlus, ChevronDown, Trash2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { api } from '#renderer/rpc/client.ts'
import { requireApplication } from '#renderer/rpc/connection.ts'
import { useWatch } from '#renderer/rpc/watch.ts'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { Popover } from '#renderer/ui/Popover.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { toast } from '#renderer/ui/toasts.ts'
import { type AlertSearch, savedSearchOf } from './alert-search.ts'
import type { Forbidden } from './queries.ts'
import { savedViews } from './queries.ts'

const screen = 'alerts'

function useViewChange<Input, Result>(change: (input: Input) => Promise<Result>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (input: Input) => {
      requireApplication()
      return change(input)
    },
    onSettled: () => client.invalidateQueries({ queryKey: savedViews.queryKey }),
  })
}

type SavedViewsProps = {
  readonly onApply: (search: Readonly<Record<string, unknown>>) => void
  readonly onSave: () => void
  readonly forbidden: Forbidden
}

function Views({ onApply, onSave, forbidden }: SavedViewsProps) {
  const views = useQuery(savedViews)
  const remove = useViewChange((id: string) => api.operations.removeView({ id }))
  const list = views.data ?? []
  const failure = remove.error ?? views.error
  return (
    <div className="flex flex-col gap-1 p-2">
      {list.length === 0 ? <p className="px-1 text-muted">No saved views yet.</p> : null}
      <ul>
        {list.map(({ id, name, search }) => (
          <li key={id} className="flex items-center gap-1">
            <button
              type="button"
              onClick={() => onApply(search)}
              className="h-7 min-w-0 flex-1 rounded-sm px-2 text-left hover:bg-hover"
            >
              <SafeText text={name} oneLine />
            </button>
            <IconButton
              size={24}
              icon={Trash2}
              label={`Remove the view ${name}`}
              forbidden={forbidden('operations.removeView')}
              onClick={() => remove.mutate(id)}
            />
          </li>
        ))}
      </ul>
      {failure === null ? null : <ErrorPanel error={failure} />}
      <Button icon={BookmarkPlus} forbidden={forbidden('operations.saveView')} onClick={onSave}>
        Save this view…
      </Button>
    </div>
  )
}

/** Views by name: filter, grouping and order, kept by the application. */
export function SavedViews({ onApply, onSave, forbidden }: SavedViewsProps) {
  const client = useQueryClient()
  const [open, setOpen] = useState(false)
  useWatch(
    (signal) => api.operations.watch({}, { signal }),
    ({ changed }) => {
      if (changed === 'views') void client.invalidateQueries({ queryKey: savedViews.queryKey })
    },
  )
  const then = (act: () => void) => {
    setOpen(false)
    act()
  }
  return (
    <Popover
      label="Saved views"
      align="end"
      className="w-64"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button icon={Bookmark}>
          Views
          <ChevronDown aria-hidden size={12} className="text-muted" />
        </Button>
      }
    >
      <Views forbidden={forbidden} onApply={(search) => then(() => onApply(search))} onSave={() => then(onSave)} />
    </Popover>
  )
}

type SaveViewProps = { readonly open: boolean; readonly search: AlertSearch; readonly onClose: () => void }

/** Asks for the name under which the present view is kept. */
export function SaveView({ open, search, onClose }: SaveViewProps) {
  const [name, setName] = useState('')
  const save = useViewChange((as: string) =>
    api.operations.saveView({ screen, name: as, search: savedSearchOf(search) }),
  )
  const close = () => {
    setName('')
    save.reset()
    onClose()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() === '') return
    save.mutate(name.trim(), {
      onSuccess: () => {
        toast(`Saved the view ${name.trim()}.`)
        close()
      },
    })
  }
  return (
    <Dialog open={open} onClose={close} title="Save this view" size="small">
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Name" required hint="A view of the same name is replaced.">
          <TextField value={name} onChange={(event) => setName(event.target.value)} maxLength={80} />
        </Field>
        {save.error === null ? null : <ErrorPanel title="The view was not saved." error={save.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={name.trim() === ''} busy={save.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
