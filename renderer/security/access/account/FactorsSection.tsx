import { useQuery } from '@tanstack/react-query'
import { Fingerprint, RefreshCw, Smartphone, Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Me } from '#preload/security/access.ts'
import type { SecondFactors } from '#preload/security/factors.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { plural } from '#renderer/ui/format.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { factorsQuery, useAccessChange } from '../queries.ts'
import { sentenceOf } from '../sentence.ts'
import { EnrolPasskey } from './EnrolPasskey.tsx'
import { EnrolTotp } from './EnrolTotp.tsx'
import { showRecoveryCodes } from './fresh-codes.ts'

type Removal = { readonly kind: 'totp' | 'passkey'; readonly id?: string; readonly name: string }
type Open = 'totp' | 'passkey' | 'codes' | Removal | null

type LineProps = {
  readonly icon: typeof Smartphone
  readonly name: string
  readonly detail: ReactNode
  readonly children: ReactNode
}

function Line({ icon: Icon, name, detail, children }: LineProps) {
  return (
    <li className="flex items-center gap-2 border-b border-line py-1 last:border-b-0">
      <Icon aria-hidden size={15} strokeWidth={1.75} className="shrink-0 text-muted" />
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">{name}</p>
        <p className="truncate text-secondary text-muted">{detail}</p>
      </div>
      {children}
    </li>
  )
}

function Passkeys({ factors, open }: { readonly factors: SecondFactors; readonly open: (what: Open) => void }) {
  return factors.passkeys.map(({ id, name, createdAt, lastUsedAt }) => (
    <Line
      key={id}
      icon={Fingerprint}
      name={name}
      detail={
        <>
          passkey, added <RelativeTime at={createdAt} />
          {lastUsedAt === null ? ', never used' : null}
          {lastUsedAt === null ? null : (
            <>
              , used <RelativeTime at={lastUsedAt} />
            </>
          )}
        </>
      }
    >
      <Button
        size={24}
        icon={Trash2}
        aria-label={`Remove the passkey ${name}`}
        onClick={() => open({ kind: 'passkey', id, name })}
      >
        Remove
      </Button>
    </Line>
  ))
}

type FactorsProps = {
  readonly factors: SecondFactors
  readonly forbidden: string | undefined
  readonly open: (what: Open) => void
}

function Factors({ factors, forbidden, open }: FactorsProps) {
  const { totp, passkeys, recoveryCodesLeft: left } = factors
  const any = totp || passkeys.length > 0
  return (
    <ul className="flex flex-col">
      <Line
        icon={Smartphone}
        name="Authenticator app"
        detail={totp ? 'six digits, new every 30 seconds' : 'not set up'}
      >
        {totp ? (
          <Button
            size={24}
            icon={Trash2}
            aria-label="Remove the authenticator app"
            onClick={() => open({ kind: 'totp', name: 'the authenticator app' })}
          >
            Remove
          </Button>
        ) : (
          <Button size={24} forbidden={forbidden} onClick={() => open('totp')}>
            Set up
          </Button>
        )}
      </Line>
      <Passkeys factors={factors} open={open} />
      <Line
        icon={Fingerprint}
        name={passkeys.length === 0 ? 'Passkeys and security keys' : 'Another passkey'}
        detail={passkeys.length === 0 ? 'none yet' : 'a second one, for when the first is lost'}
      >
        <Button size={24} aria-label="Add a passkey" forbidden={forbidden} onClick={() => open('passkey')}>
          Add
        </Button>
      </Line>
      {any ? (
        <Line
          icon={RefreshCw}
          name="Recovery codes"
          detail={left === 0 ? 'none left: get new ones' : `${plural(left, 'code')} left`}
        >
          <Button size={24} onClick={() => open('codes')}>
            New recovery codes
          </Button>
        </Line>
      ) : null}
    </ul>
  )
}

type AskProps = { readonly open: Open; readonly onClose: () => void }

function AskRemoval({ open, onClose }: AskProps) {
  const remove = useAccessChange(api.access.removeFactor)
  const removal = typeof open === 'object' ? open : null
  const close = () => {
    remove.reset()
    onClose()
  }
  return (
    <ConfirmDialog
      open={removal !== null}
      onClose={close}
      onConfirm={() => {
        if (removal === null) return
        const { kind, id } = removal
        remove.mutate(id === undefined ? { kind } : { kind, id }, { onSuccess: close })
      }}
      title="Remove this second factor?"
      target={removal?.name}
      effect="It proves nothing any more. Where a second factor is required and this was the last, you enrol another the next time you sign in."
      action="Remove"
      busy={remove.isPending}
      error={sentenceOf(remove.error)}
    />
  )
}

function AskNewCodes({ open, onClose }: AskProps) {
  const renew = useAccessChange((_: null) => api.access.renewRecoveryCodes({}))
  const close = () => {
    renew.reset()
    onClose()
  }
  return (
    <ConfirmDialog
      open={open === 'codes'}
      onClose={close}
      onConfirm={() =>
        renew.mutate(null, {
          onSuccess: (codes) => {
            close()
            showRecoveryCodes(codes)
          },
        })
      }
      title="Make new recovery codes?"
      target="All of your recovery codes"
      effect="The ones that you have stop working now. The new ones are shown once."
      action="Make new codes"
      busy={renew.isPending}
      error={sentenceOf(renew.error)}
    />
  )
}

const personalText = 'A personal workspace asks for no second factor. Have people sign in first.'

/** What one proves oneself with besides the provider. */
export function FactorsSection({ me }: { readonly me: Me }) {
  const query = useQuery(factorsQuery)
  const [open, setOpen] = useState<Open>(null)
  const close = () => setOpen(null)
  const forbidden = me.id?.startsWith('os:') === true ? personalText : undefined
  return (
    <Section title="Second factors">
      <QueryView
        query={query}
        failure="Your second factors could not be read."
        skeletonRows={3}
        ready={(factors) => <Factors factors={factors} forbidden={forbidden} open={setOpen} />}
      />
      <Dialog open={open === 'totp'} onClose={close} size="small" title="Set up an authenticator app">
        <EnrolTotp onEnrolled={close} />
      </Dialog>
      <Dialog open={open === 'passkey'} onClose={close} size="small" title="Add a passkey or a security key">
        <EnrolPasskey onEnrolled={close} />
      </Dialog>
      <AskRemoval open={open} onClose={close} />
      <AskNewCodes open={open} onClose={close} />
    </Section>
  )
}
