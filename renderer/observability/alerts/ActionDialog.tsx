import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type KeyboardEvent, type ReactNode, useState } from 'react'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { plural } from '#renderer/ui/format.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { SeverityMark } from '#renderer/ui/SeverityMark.tsx'
import { TextArea, TextField } from '#renderer/ui/TextField.tsx'
import { acknowledge, announce, assign, type Done, note } from './alert-actions.ts'
import { me } from './queries.ts'
import { countOf, knownOf, type Target } from './target.ts'

export type Act = { readonly kind: 'acknowledge' | 'assign' | 'note'; readonly target: Target }

const namesShown = 5

/** What the act is about, so that nobody acts on the wrong alert. */
function TargetList({ target }: { readonly target: Target }) {
  const known = knownOf(target).slice(0, namesShown)
  const more = countOf(target) - known.length
  return (
    <ul className="mb-3 rounded border border-line bg-surface-1 px-3 py-1.5">
      {known.map((alert) => (
        <li key={alert.id} className="flex min-w-0 items-center gap-2 py-0.5">
          <SeverityMark severity={alert.severity} compact />
          <SafeText text={alert.name} oneLine className="font-medium" />
          <span className="shrink-0 text-secondary text-muted">in {alert.environment}</span>
        </li>
      ))}
      {more === 0 ? null : (
        <li className="py-0.5 text-muted">
          {known.length === 0
            ? `All ${plural(more, 'alert')} of the list, also those out of sight`
            : `and ${more} more`}
        </li>
      )}
    </ul>
  )
}

type FrameProps = {
  readonly title: string
  readonly target: Target
  readonly action: string
  readonly ready?: boolean | undefined
  readonly run: () => Promise<Done>
  readonly onClose: () => void
  readonly extra?: ((start: (run: () => Promise<Done>) => void) => ReactNode) | undefined
  readonly children: ReactNode
}

function ActionFrame({ title, target, action, ready = true, run, onClose, extra, children }: FrameProps) {
  const client = useQueryClient()
  const act = useMutation({
    mutationFn: (work: () => Promise<Done>) => work(),
    onSuccess: (done) => {
      announce(done)
      onClose()
      return client.invalidateQueries({ queryKey: ['alerts'] })
    },
  })
  const submit = () => {
    if (ready && !act.isPending) act.mutate(run)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    submit()
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      size="small"
      footer={
        <>
          {extra?.((work) => act.mutate(work))}
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" shortcut="Mod+Enter" disabled={!ready} busy={act.isPending} onClick={submit}>
            {action}
          </Button>
        </>
      }
    >
      <form
        onKeyDown={onKeyDown}
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <TargetList target={target} />
        {children}
        {act.error === null ? null : (
          <div className="mt-3">
            <ErrorPanel title="Nothing was changed." error={act.error} />
          </div>
        )}
      </form>
    </Dialog>
  )
}

type PartProps = { readonly target: Target; readonly onClose: () => void }

function Acknowledge({ target, onClose }: PartProps) {
  const [comment, setComment] = useState('')
  return (
    <ActionFrame
      title="Acknowledge"
      action="Acknowledge"
      target={target}
      onClose={onClose}
      run={() => acknowledge(target, comment)}
    >
      <Field label="Comment" hint="Says that someone is on it, until the alert resolves. Nothing is silenced.">
        <TextArea rows={3} value={comment} onChange={(event) => setComment(event.target.value)} />
      </Field>
    </ActionFrame>
  )
}

function Assign({ target, onClose }: PartProps) {
  const { data: person } = useQuery(me)
  const [typed, setTyped] = useState<string | null>(null)
  const name = typed ?? person?.name ?? ''
  return (
    <ActionFrame
      title="Assign"
      action="Assign"
      target={target}
      ready={name.trim() !== ''}
      onClose={onClose}
      run={() => assign(target, name.trim())}
      extra={(start) => (
        <Button kind="ghost" className="mr-auto" onClick={() => start(() => assign(target, null))}>
          To nobody
        </Button>
      )}
    >
      <Field label="To" required hint={person === undefined ? undefined : `You are ${person.name}.`}>
        <TextField
          value={name}
          onChange={(event) => setTyped(event.target.value)}
          onFocus={(event) => event.target.select()}
        />
      </Field>
    </ActionFrame>
  )
}

function Note({ target, onClose }: PartProps) {
  const [text, setText] = useState('')
  return (
    <ActionFrame
      title="Add a note"
      action="Add note"
      target={target}
      ready={text.trim() !== ''}
      onClose={onClose}
      run={() => note(target, text)}
    >
      <Field label="Note" required hint="Stays in the activity of the alert, with your name.">
        <TextArea rows={4} value={text} onChange={(event) => setText(event.target.value)} />
      </Field>
    </ActionFrame>
  )
}

const parts = { acknowledge: Acknowledge, assign: Assign, note: Note } as const

/** The dialog of an act on alerts: names them, asks what has to be asked, and tells in place why it failed. */
export function ActionDialog({ act, onClose }: { readonly act: Act | null; readonly onClose: () => void }) {
  if (act === null) return null
  const Part = parts[act.kind]
  return <Part target={act.target} onClose={onClose} />
}
