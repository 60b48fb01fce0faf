import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type KeyboardEvent, useState } from 'react'
import type { AlertRow, AlertActivity as Entry } from '#preload/observability/alerts.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { TextArea } from '#renderer/ui/TextField.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { note } from './alert-actions.ts'
import { alertActivity } from './queries.ts'

const words: Readonly<Record<Entry['kind'], string>> = {
  acknowledged: 'acknowledged it',
  unacknowledged: 'took the acknowledgement back',
  assigned: 'assigned it to',
  unassigned: 'assigned it to nobody',
  noted: 'noted',
  silenced: 'silenced it:',
  cleared: 'cleared the acknowledgement:',
}

function Line({ entry: { at, by, kind, text, correlationId } }: { readonly entry: Entry }) {
  return (
    <li className="flex items-baseline gap-3 py-1">
      <RelativeTime at={at} className="w-16 shrink-0 text-secondary text-muted" />
      <div className="min-w-0 flex-1" title={correlationId === '' ? undefined : `correlation id ${correlationId}`}>
        <SafeText text={by} className="font-medium" /> <span className="text-muted">{words[kind]}</span>{' '}
        <SafeText text={text} />
      </div>
    </li>
  )
}

function NoteBox({ alert, forbidden }: { readonly alert: AlertRow; readonly forbidden: string | undefined }) {
  const client = useQueryClient()
  const [text, setText] = useState('')
  const add = useMutation({
    mutationFn: () => note({ kind: 'alerts', alerts: [alert] }, text),
    onSuccess: () => {
      setText('')
      return client.invalidateQueries({ queryKey: ['alerts'] })
    },
  })
  const ready = text.trim() !== '' && !add.isPending && forbidden === undefined
  const submit = (event: FormEvent | KeyboardEvent) => {
    event.preventDefault()
    if (ready) add.mutate()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event)
    else if (event.key === 'Escape' && event.target instanceof HTMLElement) event.target.blur()
    else return
    event.stopPropagation()
  }
  return (
    <form onSubmit={submit} className="mb-2 flex flex-col gap-2">
      <TextArea
        aria-label="A note on this alert"
        placeholder="What did you find?"
        rows={2}
        value={text}
        disabled={forbidden !== undefined}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {add.error === null ? null : <ErrorPanel title="The note was not added." error={add.error} />}
      <div>
        <Button
          type="submit"
          size={24}
          shortcut="Mod+Enter"
          disabled={text.trim() === ''}
          busy={add.isPending}
          forbidden={forbidden}
        >
          Add note
        </Button>
      </div>
    </form>
  )
}

/** Who did what to this alert, the newest first, and a place to write down what was found. */
export function AlertActivity({
  alert,
  forbidden,
}: {
  readonly alert: AlertRow
  readonly forbidden: string | undefined
}) {
  const query = useQuery(alertActivity(alert.id))
  return (
    <Section title="Activity" count={query.data?.length}>
      <NoteBox alert={alert} forbidden={forbidden} />
      <QueryView
        query={query}
        failure="The activity could not be loaded."
        skeletonRows={2}
        empty={(entries) => (entries.length === 0 ? <p className="text-muted">Nobody did anything yet.</p> : null)}
        ready={(entries) => (
          <ul>
            {entries.map((entry) => (
              <Line key={`${entry.at} ${entry.kind} ${entry.correlationId}`} entry={entry} />
            ))}
          </ul>
        )}
      />
    </Section>
  )
}
