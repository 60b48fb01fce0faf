import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type KeyboardEvent, useState } from 'react'
import type { SilenceTarget } from '#preload/observability/silences.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { plural } from '#renderer/ui/format.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { Select } from '#renderer/ui/Select.tsx'
import { TextArea } from '#renderer/ui/TextField.tsx'
import { draftFor, type EditorRequest, inputOf, problemsOf, readMatchers } from './draft.ts'
import { EndField } from './EndField.tsx'
import { closeSilenceEditor, useEditorRequest } from './editor-request.ts'
import { MatchersField } from './MatchersField.tsx'
import { silenceTargets, useForbidden } from './queries.ts'
import { SilencePreview } from './SilencePreview.tsx'
import { announce, createSilence, editSilence } from './silence-actions.ts'

const optionOf = ({ id, name, environment, unavailable }: SilenceTarget) => ({
  value: id,
  label: `${name}${environment === null ? '' : ` · ${environment}`}${unavailable === null ? '' : ' (does not answer)'}`,
})

function titleOf(request: EditorRequest): string {
  if (request.kind === 'edit') return 'Edit silence'
  if (request.kind !== 'alerts') return 'New silence'
  return request.alerts.length === 1 ? 'Silence this alert' : `Silence ${plural(request.alerts.length, 'alert')}`
}

type FormProps = { readonly request: EditorRequest; readonly targets: readonly SilenceTarget[] }

/** Saving, and the words for it. A silence that is edited keeps its target: an Alertmanager cannot move one. */
function useSave(request: EditorRequest) {
  const client = useQueryClient()
  const refresh = () => Promise.all(['silences', 'alerts'].map((key) => client.invalidateQueries({ queryKey: [key] })))
  return useMutation({
    mutationFn: (input: Parameters<typeof createSilence>[0]) =>
      request.kind === 'edit' ? editSilence(request.silence.id, input) : createSilence(input),
    onSuccess: (done) => {
      announce(done, refresh)
      closeSilenceEditor()
    },
    onSettled: refresh,
  })
}

function Form({ request, targets }: FormProps) {
  const [draft, setDraft] = useState(() => draftFor(request, targets))
  const [tried, setTried] = useState(false)
  const save = useSave(request)
  const forbidden = useForbidden()
  const problems = tried ? problemsOf(draft, Date.now()) : {}
  const read = readMatchers(draft)
  const target = targets.find(({ id }) => id === draft.target)
  const submit = () => {
    setTried(true)
    const input = inputOf(draft, Date.now())
    if (input !== null && !save.isPending) save.mutate(input)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    submit()
  }
  return (
    <form
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
      className="flex flex-col gap-4"
    >
      <div className="grid grid-cols-[minmax(0,3fr)_minmax(0,2fr)] gap-5">
        <div className="flex min-w-0 flex-col gap-4">
          <Field
            label="Silence at"
            required
            error={target?.unavailable == null ? undefined : `It does not answer: ${target.unavailable}`}
          >
            <Select
              options={targets.map(optionOf)}
              value={draft.target}
              disabled={request.kind === 'edit'}
              onChange={(id) => setDraft({ ...draft, target: id })}
            />
          </Field>
          <MatchersField draft={draft} onChange={setDraft} error={problems.matchers} />
          <EndField end={draft.end} onChange={(end) => setDraft({ ...draft, end })} error={problems.end} />
          <Field label="Comment" required error={problems.comment}>
            <TextArea
              rows={2}
              placeholder="Why, and what is being done"
              value={draft.comment}
              onChange={(event) => setDraft({ ...draft, comment: event.target.value })}
            />
          </Field>
        </div>
        <div className="flex max-h-[52vh] min-w-0 flex-col border-l border-line pl-5">
          <SilencePreview
            target={draft.target}
            matchers={read.kind === 'ok' ? read.matchers : []}
            chosen={request.kind === 'alerts' ? request.alerts.length : 0}
          />
        </div>
      </div>
      {save.error === null ? null : <ErrorPanel title="Nothing was silenced." error={save.error} />}
      <div className="sticky -bottom-4 -mx-4 -mb-4 flex justify-end gap-2 border-t border-line bg-surface-2 px-4 py-2">
        <Button onClick={closeSilenceEditor}>Cancel</Button>
        <Button
          type="submit"
          kind="primary"
          shortcut="Mod+Enter"
          busy={save.isPending}
          forbidden={forbidden(request.kind === 'edit' ? 'silences.edit' : 'silences.create')}
        >
          {request.kind === 'edit' ? 'Save' : 'Silence'}
        </Button>
      </div>
    </form>
  )
}

/** The one editor of silences. Mount once; any screen opens it with `openSilenceEditor`. */
export function SilenceEditorHost() {
  const request = useEditorRequest((store) => store.request)
  const targets = useQuery({ ...silenceTargets, enabled: request !== null })
  if (request === null) return null
  return (
    <Dialog open onClose={closeSilenceEditor} title={titleOf(request)} size="large">
      <QueryView
        query={targets}
        failure="Where to silence could not be found out."
        skeletonRows={8}
        ready={(list) => <Form request={request} targets={list} />}
      />
    </Dialog>
  )
}
