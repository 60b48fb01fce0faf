import { Fingerprint, RefreshCw, Smartphone, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import type { SecondFactors } from '#preload/security/factors.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { plural } from '#renderer/ui/format.ts'
import { RelativeTime } from '#renderer/ui/Time.tsx'

export type Removal = { readonly kind: 'totp' | 'passkey'; readonly id?: string; readonly name: string }
/** What was chosen to be done; null for nothing. */
export type FactorStep = 'totp' | 'passkey' | 'codes' | Removal | null

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

function Passkeys({ factors, open }: { readonly factors: SecondFactors; readonly open: (what: FactorStep) => void }) {
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

type FactorLinesProps = {
  readonly factors: SecondFactors
  readonly forbidden: string | undefined
  readonly open: (what: FactorStep) => void
}

/** Each second factor, one line, with what can be done to it. */
export function FactorLines({ factors, forbidden, open }: FactorLinesProps) {
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
