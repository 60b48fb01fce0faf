import { type FormEvent, useState } from 'react'
import { api } from '#renderer/rpc/client.ts'
import { useVerdicts } from '#renderer/rpc/verdicts.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { type Strength, shortestPassphrase, strengthOf } from './passphrase.ts'
import { useVaultChange } from './queries.ts'
import { sentenceOf } from './sentence.ts'

type VaultFormProps = { readonly onOpened: () => void; readonly onCancel: () => void }

const operations = ['access.createVault', 'access.unlockVault'] as const

const words: Readonly<Record<Strength['level'], string>> = {
  short: `Use at least ${shortestPassphrase} characters; four or five random words are easy to type.`,
  weak: 'Weak: too regular. Add words that have nothing to do with each other.',
  fair: 'Fair. One more word makes it strong.',
  strong: 'Strong.',
}
const filled: Readonly<Record<Strength['level'], number>> = { short: 1, weak: 2, fair: 3, strong: 4 }
const colors: Readonly<Record<Strength['level'], string>> = {
  short: 'bg-control',
  weak: 'bg-warning',
  fair: 'bg-accent',
  strong: 'bg-ok',
}

function StrengthHint({ passphrase }: { readonly passphrase: string }) {
  const { level } = strengthOf(passphrase)
  return (
    <span className="flex flex-col gap-1">
      <span aria-hidden className="flex gap-1">
        {[1, 2, 3, 4].map((step) => (
          <span
            key={step}
            className={`h-1 flex-1 rounded-full ${passphrase !== '' && step <= filled[level] ? colors[level] : 'bg-pressed'}`}
          />
        ))}
      </span>
      {words[level]}
    </span>
  )
}

type FooterProps = { readonly action: string; readonly busy: boolean; readonly forbidden: string | undefined }

function Footer({ action, busy, forbidden, onCancel }: FooterProps & Pick<VaultFormProps, 'onCancel'>) {
  return (
    <div className="mt-1 flex justify-end gap-2">
      <Button onClick={onCancel}>Cancel</Button>
      <Button type="submit" kind="primary" busy={busy} forbidden={forbidden}>
        {action}
      </Button>
    </div>
  )
}

/** The form shows the error of its mutation. Not `onSuccess`: the new status unmounts the form before that would run. */
const shownInForm = (): void => {}

/** Chooses the passphrase of a vault that has none. */
export function CreateVault({ onOpened, onCancel }: VaultFormProps) {
  const [passphrase, setPassphrase] = useState('')
  const [again, setAgain] = useState('')
  const [tried, setTried] = useState(false)
  const forbidden = useVerdicts(operations)
  const create = useVaultChange((text: string) => api.access.createVault({ passphrase: text }))
  const short = passphrase.length < shortestPassphrase
  const differs = again !== passphrase
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (!short && !differs) void create.mutateAsync(passphrase).then(onOpened, shownInForm)
  }
  const shortMessage = tried && short ? `Use at least ${shortestPassphrase} characters.` : undefined
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <Field
        label="Passphrase"
        required
        hint={<StrengthHint passphrase={passphrase} />}
        error={shortMessage ?? sentenceOf(create.error)}
      >
        <TextField
          type="password"
          autoComplete="new-password"
          value={passphrase}
          onChange={(event) => setPassphrase(event.target.value)}
        />
      </Field>
      <Field label="The same again" required error={tried && !short && differs ? 'The two differ.' : undefined}>
        <TextField
          type="password"
          autoComplete="new-password"
          value={again}
          onChange={(event) => setAgain(event.target.value)}
        />
      </Field>
      <p className="text-secondary text-muted">
        It cannot be recovered: without it the stored secrets are lost and have to be entered again.
      </p>
      <Footer
        action="Create the vault"
        busy={create.isPending}
        forbidden={forbidden('access.createVault')}
        onCancel={onCancel}
      />
    </form>
  )
}

/** Opens a locked vault with its passphrase. */
export function UnlockVault({ onOpened, onCancel }: VaultFormProps) {
  const [passphrase, setPassphrase] = useState('')
  const forbidden = useVerdicts(operations)
  const unlock = useVaultChange((text: string) => api.access.unlockVault({ passphrase: text }))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (passphrase !== '') void unlock.mutateAsync(passphrase).then(onOpened, shownInForm)
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <Field label="Passphrase" required error={sentenceOf(unlock.error)}>
        <TextField
          type="password"
          autoComplete="current-password"
          value={passphrase}
          onChange={(event) => setPassphrase(event.target.value)}
        />
      </Field>
      <Footer action="Unlock" busy={unlock.isPending} forbidden={forbidden('access.unlockVault')} onCancel={onCancel} />
    </form>
  )
}
