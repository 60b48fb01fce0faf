import { Lock, LockOpen } from 'lucide-react'
import { useState } from 'react'
import { asAppError } from '#preload/contract/error.ts'
import type { LegalHold } from '#preload/security/audit.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { TextArea } from '#renderer/ui/TextField.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'
import { toast } from '#renderer/ui/toasts.ts'
import { filterWords } from '../filter-words.ts'
import { useNames } from '../people.ts'
import { useAuditChange } from '../queries.ts'

type ReleaseProps = { readonly hold: LegalHold | null; readonly words: string; readonly onClose: () => void }

function ReleaseHold({ hold, words, onClose }: ReleaseProps) {
  const [reason, setReason] = useState('')
  const release = useAuditChange((id: string) => api.audit.releaseHold({ id, reason: reason.trim() }))
  if (hold === null) return null
  const close = () => {
    release.reset()
    setReason('')
    onClose()
  }
  const confirm = () =>
    release.mutate(hold.id, {
      onSuccess: () => {
        toast(`The hold ${hold.name} is released.`)
        close()
      },
    })
  return (
    <ConfirmDialog
      open
      onClose={close}
      onConfirm={confirm}
      title="Release this hold?"
      target={
        <>
          <SafeText text={hold.name} />
          <br />
          <SafeText text={words} />
        </>
      }
      effect="Retention applies to these entries again: what is too old loses its content for good."
      action="Release the hold"
      ready={reason.trim() !== ''}
      busy={release.isPending}
      error={release.error === null ? undefined : asAppError(release.error).message}
    >
      <Field label="Reason" required>
        <TextArea rows={2} value={reason} onChange={(event) => setReason(event.target.value)} />
      </Field>
    </ConfirmDialog>
  )
}

type RowProps = {
  readonly hold: LegalHold
  readonly words: string
  readonly forbidden: string | undefined
  readonly onRelease: () => void
}

function Row({ hold, words, forbidden, onRelease }: RowProps) {
  const { name, reason, placedAt, releasedAt } = hold
  return (
    <li className="flex items-start gap-3 border-t border-line py-2 first:border-t-0">
      {releasedAt === null ? (
        <Lock aria-hidden size={14} className="mt-1 shrink-0 text-warning" />
      ) : (
        <LockOpen aria-hidden size={14} className="mt-1 shrink-0 text-muted" />
      )}
      <div className="min-w-0 flex-1">
        <p>
          <SafeText text={name} className="font-medium" />{' '}
          <span className={releasedAt === null ? 'text-warning' : 'text-muted'}>
            {releasedAt === null ? 'in force' : 'released'}
          </span>
        </p>
        <p className="text-secondary">
          Keeps <SafeText text={words} />. <SafeText text={reason} className="text-muted" />
        </p>
        <p className="text-secondary text-muted">
          Placed <Timestamp at={placedAt} />
          {releasedAt === null ? null : (
            <>
              , released <Timestamp at={releasedAt} />
            </>
          )}
        </p>
      </div>
      {releasedAt === null ? (
        <Button
          size={24}
          icon={LockOpen}
          aria-label={`Release the hold ${name}…`}
          forbidden={forbidden}
          onClick={onRelease}
        >
          Release…
        </Button>
      ) : null}
    </li>
  )
}

type HoldsSectionProps = {
  readonly holds: readonly LegalHold[]
  readonly forbidden: { readonly place: string | undefined; readonly release: string | undefined }
  readonly onPlace: () => void
}

/** What is kept whatever retention says; those in force first. */
export function HoldsSection({ holds, forbidden, onPlace }: HoldsSectionProps) {
  const nameOf = useNames()
  const [released, setReleased] = useState<LegalHold | null>(null)
  const inForce = holds.filter(({ releasedAt }) => releasedAt === null)
  const sorted = [...inForce, ...holds.filter(({ releasedAt }) => releasedAt !== null)]
  return (
    <Section
      title="Legal holds"
      count={inForce.length}
      actions={
        <Button size={24} icon={Lock} shortcut="h" forbidden={forbidden.place} onClick={onPlace}>
          Place a hold…
        </Button>
      }
    >
      {sorted.length === 0 ? <p className="text-muted">Nothing is held.</p> : null}
      <ul aria-label="Legal holds">
        {sorted.map((hold) => (
          <Row
            key={hold.id}
            hold={hold}
            words={filterWords(hold.filter, nameOf)}
            forbidden={forbidden.release}
            onRelease={() => setReleased(hold)}
          />
        ))}
      </ul>
      <ReleaseHold
        hold={released}
        words={released === null ? '' : filterWords(released.filter, nameOf)}
        onClose={() => setReleased(null)}
      />
    </Section>
  )
}
