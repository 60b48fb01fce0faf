import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Bookmark, BookmarkPlus, ChevronDown, Trash2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { SavedView } from '#preload/lifecycle/operations.ts'
import { api } from '#renderer/rpc/client.ts'
import { requireApplication } from '#renderer/rpc/connection.ts'
import type { Forbidden } from '#renderer/rpc/verdicts.ts'
import { useWatch } from '#renderer/rpc/watch.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { ErrorPanel } from '../ui/ErrorPanel.tsx'
import { Field } from '../ui/Field.tsx'
import { Popover } from '../ui/Popover.tsx'
import { SafeText } from '../ui/SafeText.tsx'
import { TextField } from '../ui/TextField.tsx'
import { toast } from '../ui/toasts.ts'

/** A screen's own name for its saved views; the default is `view`. */
type Noun = 'view' | 'question'

const savedViews = (screen: string) =>
  queryOptions({
    queryKey: ['views', screen],
    queryFn: ({ signal }) => api.operations.views({ screen }, { signal }),
  })

function useViewChange<Input, Result>(screen: string, change: (input: Input) => Promise<Result>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (input: Input) => {
      requireApplication()
      return change(input)
    },
    onSettled: () => client.invalidateQueries({ queryKey: savedViews(screen).queryKey }),
  })
}

type SavedViewsProps = {
  /** Under which the application keeps them: `alerts`. */
  readonly screen: string
  readonly noun?: Noun | undefined
  readonly onApply: (search: Readonly<Record<string, unknown>>) => void
  readonly onSave: () => void
  readonly forbidden: Forbidden<'operations.saveView' | 'operations.removeView'>
}

function Views({ screen, noun = 'view', onApply, onSave, forbidden }: SavedViewsProps) {
  const views = useQuery(savedViews(screen))
  const remove = useViewChange(screen, (id: string) => api.operations.removeView({ id }))
  const list = views.data ?? []
  const failure = remove.error ?? views.error
  return (
    <div className="flex flex-col gap-1 p-2">
      {list.length === 0 ? <p className="px-1 text-muted">No saved {noun}s yet.</p> : null}
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
              label={`Remove the ${noun} ${name}`}
              forbidden={forbidden('operations.removeView')}
              onClick={() => remove.mutate(id)}
            />
          </li>
        ))}
      </ul>
      {failure === null ? null : <ErrorPanel error={failure} />}
      <Button icon={BookmarkPlus} forbidden={forbidden('operations.saveView')} onClick={onSave}>
        Save this {noun}…
      </Button>
    </div>
  )
}

/** Views of a screen by name: filter, grouping and order, kept by the application. */
export function SavedViews({ screen, noun = 'view', onApply, onSave, forbidden }: SavedViewsProps) {
  const client = useQueryClient()
  const [open, setOpen] = useState(false)
  useWatch(
    (signal) => api.operations.watch({}, { signal }),
    ({ changed }) => {
      if (changed === 'views') void client.invalidateQueries({ queryKey: savedViews(screen).queryKey })
    },
  )
  const then = (act: () => void) => {
    setOpen(false)
    act()
  }
  return (
    <Popover
      label={`Saved ${noun}s`}
      align="end"
      className="w-64"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button icon={Bookmark}>
          {noun === 'view' ? 'Views' : 'Questions'}
          <ChevronDown aria-hidden size={12} className="text-muted" />
        </Button>
      }
    >
      <Views
        screen={screen}
        noun={noun}
        forbidden={forbidden}
        onApply={(search) => then(() => onApply(search))}
        onSave={() => then(onSave)}
      />
    </Popover>
  )
}

type SaveViewProps = {
  readonly screen: string
  readonly noun?: Noun | undefined
  readonly open: boolean
  /** What is kept; the screen's own search parameters. */
  readonly search: SavedView['search']
  readonly onClose: () => void
}

/** Asks for the name under which the present view is kept. */
export function SaveView({ screen, noun = 'view', open, search, onClose }: SaveViewProps) {
  const [name, setName] = useState('')
  const save = useViewChange(screen, (as: string) => api.operations.saveView({ screen, name: as, search }))
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
        toast(`Saved the ${noun} ${name.trim()}.`)
        close()
      },
    })
  }
  return (
    <Dialog open={open} onClose={close} title={`Save this ${noun}`} size="small">
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Name" required hint={`A ${noun} of the same name is replaced.`}>
          <TextField value={name} onChange={(event) => setName(event.target.value)} maxLength={80} />
        </Field>
        {save.error === null ? null : <ErrorPanel title={`The ${noun} was not saved.`} error={save.error} />}
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
