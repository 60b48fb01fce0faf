import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Delegation } from '#preload/security/approvals.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'
import { who } from './approval-columns.tsx'
import { localInputOf, toInstant } from './local-time.ts'
import { delegationList, useForbidden, useGovernanceChange } from './queries.ts'

const dayMs = 24 * 3600_000

function DelegationLine({ delegation, own }: { readonly delegation: Delegation; readonly own: boolean }) {
  const end = useGovernanceChange(({ id }: Delegation) => api.governance.endDelegation({ id }))
  const { from, fromName, to, toName, startsAt, endsAt, endedAt, reason } = delegation
  const over = endedAt !== null || Date.parse(endsAt) <= Date.now()
  return (
    <li className="flex items-center gap-2 border-b border-line py-1.5 last:border-b-0">
      <span className={over ? 'min-w-0 flex-1 text-muted' : 'min-w-0 flex-1'}>
        <SafeText text={who(toName, to)} /> decides for <SafeText text={who(fromName, from)} /> from{' '}
        <Timestamp at={startsAt} /> until <Timestamp at={endedAt ?? endsAt} />
        <SafeText text={reason} className="block text-secondary text-muted" />
        {end.error === null ? null : <span className="block text-critical">{end.error.message}</span>}
      </span>
      {over ? <span className="text-muted">over</span> : null}
      {own && !over ? (
        <Button size={24} busy={end.isPending} onClick={() => end.mutate(delegation)}>
          End now
        </Button>
      ) : null}
    </li>
  )
}

function DelegateForm() {
  const forbidden = useForbidden()
  const [to, setTo] = useState('')
  const [reason, setReason] = useState('')
  const [from, setFrom] = useState(() => localInputOf(Date.now()))
  const [until, setUntil] = useState(() => localInputOf(Date.now() + 7 * dayMs))
  const delegate = useGovernanceChange(() =>
    api.governance.delegate({ to: to.trim(), from: toInstant(from), until: toInstant(until), reason }),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    delegate.mutate(undefined, { onSuccess: () => setReason('') })
  }
  return (
    <form onSubmit={submit} className="grid grid-cols-2 gap-3">
      <Field label="Who" required hint="Their identity, as People shows it.">
        <TextField value={to} onChange={(event) => setTo(event.target.value)} />
      </Field>
      <Field label="Why" required>
        <TextField value={reason} onChange={(event) => setReason(event.target.value)} placeholder="On leave" />
      </Field>
      <Field label="From" required>
        <TextField type="datetime-local" value={from} onChange={(event) => setFrom(event.target.value)} />
      </Field>
      <Field label="Until" required>
        <TextField type="datetime-local" value={until} onChange={(event) => setUntil(event.target.value)} />
      </Field>
      <div className="col-span-2 flex items-center gap-2">
        <Button
          type="submit"
          kind="primary"
          busy={delegate.isPending}
          disabled={to.trim() === '' || reason.trim() === '' || from === '' || until === ''}
          forbidden={forbidden('governance.delegate')}
        >
          Let them decide for me
        </Button>
      </div>
      {delegate.error === null ? null : (
        <div className="col-span-2">
          <ErrorPanel title="Nobody decides for you yet." error={delegate.error} />
        </div>
      )}
    </form>
  )
}

/** Who decides for whom while they are away. */
export function DelegationsDialog({ me, onClose }: { readonly me: string | null; readonly onClose: () => void }) {
  const query = useQuery(delegationList)
  return (
    <Dialog
      open
      onClose={onClose}
      title="While I am away"
      description="Somebody you trust can decide for you for a time. They sign with their own key, and never their own requests."
    >
      <div className="-mx-4 -mt-4">
        <Section title="Delegate">
          <DelegateForm />
        </Section>
        <Section title="Delegations">
          <QueryView
            query={query}
            failure="The delegations could not be loaded."
            empty={(list) => (list.length === 0 ? <p className="text-muted">Nobody has delegated.</p> : null)}
            ready={(list) => (
              <ul>
                {list.map((delegation) => (
                  <DelegationLine key={delegation.id} delegation={delegation} own={delegation.from === me} />
                ))}
              </ul>
            )}
          />
        </Section>
      </div>
    </Dialog>
  )
}
