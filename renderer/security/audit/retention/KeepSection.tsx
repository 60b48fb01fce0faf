import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { asAppError } from '#preload/contract/error.ts'
import type { Retention } from '#preload/security/audit.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { formatTimestamp, plural } from '#renderer/ui/format.ts'
import { Section } from '#renderer/ui/Section.tsx'
import { SegmentedControl } from '#renderer/ui/SegmentedControl.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { toast } from '#renderer/ui/toasts.ts'
import { countWords } from '../filter-words.ts'
import { auditCount, useAuditChange } from '../queries.ts'
import { horizonOf, type KeepDays, keepsLess, readDays } from './consequence.ts'

const keeping = (keepDays: KeepDays): string => (keepDays === null ? 'for ever' : `for ${plural(keepDays, 'day')}`)

/** How many entries a new horizon would empty, as a sentence. */
function Doomed({ horizon }: { readonly horizon: string }) {
  const { data, error } = useQuery(auditCount({ to: horizon }))
  if (error !== null)
    return <p className="text-warning">How many entries that is could not be found: {asAppError(error).message}</p>
  if (data === undefined) return <p className="text-muted">Counting the entries…</p>
  return (
    <p>
      {data.total === 0
        ? 'No entry is that old yet.'
        : `Older than that now: ${countWords(data)}. Those that are not held lose their content.`}
    </p>
  )
}

type ConfirmProps = {
  readonly keepDays: number | null
  readonly onClose: () => void
  readonly onConfirm: () => void
  readonly busy: boolean
  readonly error: unknown
}

function ConfirmLess({ keepDays, onClose, onConfirm, busy, error }: ConfirmProps) {
  const [now] = useState(() => Math.floor(Date.now() / 60_000) * 60_000)
  const horizon = horizonOf(keepDays, now)
  if (horizon === null) return null
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={onConfirm}
      title={`Keep content ${keeping(keepDays)} only?`}
      target={`The content of entries before ${formatTimestamp(Date.parse(horizon)).slice(0, 16)}`}
      effect={
        <div className="flex flex-col gap-2">
          <Doomed horizon={horizon} />
          <p>
            Who did what is gone then and cannot be brought back. Their hashes stay, so that every proof of the others
            still verifies.
          </p>
        </div>
      }
      action="Keep less"
      busy={busy}
      error={error === null ? undefined : asAppError(error).message}
    />
  )
}

type KeepSectionProps = { readonly retention: Retention; readonly forbidden: string | undefined }

/** How long entries keep their content, with what that means. */
export function KeepSection({ retention, forbidden }: KeepSectionProps) {
  const { keepDays, pruned } = retention
  const [forever, setForever] = useState(keepDays === null)
  const [text, setText] = useState(keepDays === null ? '365' : String(keepDays))
  const [asked, setAsked] = useState<number | null>(null)
  const save = useAuditChange((days: KeepDays) => api.audit.setRetention({ keepDays: days }))
  const read = forever ? null : readDays(text)
  const wanted: KeepDays | undefined = typeof read === 'string' ? undefined : read
  const put = (days: KeepDays) =>
    save.mutate(days, {
      onSuccess: () => {
        setAsked(null)
        toast(`Content is kept ${keeping(days)}.`)
      },
    })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (wanted === undefined || wanted === keepDays) return
    if (keepsLess(keepDays, wanted)) setAsked(wanted)
    else put(wanted)
  }
  return (
    <Section title="How long entries keep their content">
      <form onSubmit={submit} className="flex flex-col gap-3" noValidate>
        <p>
          Now: {keeping(keepDays)}. {pruned === 0 ? 'No entry' : plural(pruned, 'entry', 'entries')} lost its content so
          far.
        </p>
        <div className="flex flex-wrap items-start gap-3">
          <SegmentedControl
            label="Keep the content"
            segments={[
              { value: 'ever', label: 'For ever' },
              { value: 'days', label: 'For some days' },
            ]}
            value={forever ? 'ever' : 'days'}
            onChange={(value) => setForever(value === 'ever')}
          />
          {forever ? null : (
            <div className="w-44">
              <Field label="Days" required error={typeof read === 'string' ? read : undefined}>
                <TextField inputMode="numeric" value={text} onChange={(event) => setText(event.target.value)} />
              </Field>
            </div>
          )}
        </div>
        <p className="text-muted">
          {forever
            ? 'Nothing is removed. The log grows without end, and personal data stays until somebody is erased.'
            : 'Older entries lose what they say; their hashes stay, every proof still verifies, and what a hold keeps is kept.'}
        </p>
        {save.error === null || asked !== null ? null : (
          <ErrorPanel title="Retention was not changed." error={save.error} />
        )}
        <div>
          <Button
            type="submit"
            kind="primary"
            forbidden={forbidden}
            disabled={wanted === undefined || wanted === keepDays}
            busy={save.isPending}
          >
            Change retention
          </Button>
        </div>
      </form>
      {asked === null ? null : (
        <ConfirmLess
          keepDays={asked}
          onClose={() => {
            save.reset()
            setAsked(null)
          }}
          onConfirm={() => put(asked)}
          busy={save.isPending}
          error={save.error}
        />
      )}
    </Section>
  )
}
