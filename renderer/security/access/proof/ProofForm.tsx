import { Fingerprint } from 'lucide-react'
import { useState } from 'react'
import type { Me } from '#preload/security/access.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { SignInMethods } from '../gate/SignInMethods.tsx'
import { useMe, useSessionStep } from '../queries.ts'
import { sentenceOf } from '../sentence.ts'
import { openVault } from '../vault-request.ts'
import { CodeForm } from './CodeForm.tsx'
import { passkeyObstacle, proveByPasskey } from './passkeys.ts'
import { SecretForm } from './SecretForm.tsx'
import { typedProof, type Way, wayNames, waysOf } from './ways.ts'

type Settled = { readonly action: string; readonly onProven: () => void }

function ByPasskey({ action, onProven }: Settled) {
  const prove = useSessionStep((_: null) => proveByPasskey())
  const obstacle = passkeyObstacle()
  const sentence = sentenceOf(prove.error)
  return (
    <div className="flex flex-col gap-2">
      <Button
        kind="primary"
        size={32}
        icon={Fingerprint}
        autoFocus
        busy={prove.isPending}
        forbidden={obstacle ?? undefined}
        onClick={() => void prove.mutateAsync(null).then(onProven, () => {})}
      >
        {prove.isPending ? 'Waiting for the key…' : `${action} with a passkey`}
      </Button>
      {obstacle === null ? null : <p className="text-secondary text-muted">{obstacle}</p>}
      {sentence === undefined ? null : (
        <p role="alert" className="text-secondary text-critical">
          {sentence}
        </p>
      )}
    </div>
  )
}

const hints: Readonly<Record<'password' | 'passphrase' | 'recovery-code', string | undefined>> = {
  password: 'The one you sign in with.',
  passphrase: 'The one that opens the vault of this workspace.',
  'recovery-code': 'Each works once. Get new ones in your account afterwards.',
}

function ByTyping({ way, action, onProven }: Settled & { readonly way: Exclude<Way, 'passkey' | 'sign-in'> }) {
  const prove = useSessionStep((text: string) => api.access.prove({ proof: typedProof(way, text) }))
  const send = (text: string) => prove.mutateAsync(text).then(onProven)
  const shared = { action, busy: prove.isPending, error: prove.error }
  if (way === 'totp') return <CodeForm {...shared} label={wayNames.totp} onCode={send} />
  return (
    <SecretForm {...shared} label={wayNames[way]} hint={hints[way]} visible={way === 'recovery-code'} onSecret={send} />
  )
}

/** Signing in again makes the session fresh; that it is the same person is for the application to insist on. */
function BySigningIn({ onProven }: Settled) {
  return <SignInMethods onDone={onProven} />
}

function WayForm({ way, ...settled }: Settled & { readonly way: Way }) {
  if (way === 'passkey') return <ByPasskey {...settled} />
  if (way === 'sign-in') return <BySigningIn {...settled} />
  return <ByTyping way={way} {...settled} />
}

function NothingToProveWith() {
  const personal = useMe()?.id?.startsWith('os:') === true
  if (!personal)
    return <p>There is nothing that you could prove yourself with. Ask an administrator to reset your factors.</p>
  return (
    <div className="flex flex-col gap-3">
      <p>In a personal workspace the passphrase of its vault proves that it is you. Choose one first.</p>
      <Button kind="primary" size={32} onClick={openVault}>
        Choose a passphrase
      </Button>
    </div>
  )
}

type ProofFormProps = Settled & { readonly proofs: Me['proofs'] }

/** Asks for one of the proofs that somebody has; the others are one press away. */
export function ProofForm({ proofs, action, onProven }: ProofFormProps) {
  const ways = waysOf(proofs, passkeyObstacle() === null)
  const [chosen, setChosen] = useState<Way | null>(null)
  const way = ways.find((candidate) => candidate === chosen) ?? ways[0]
  if (way === undefined) return <NothingToProveWith />
  const others = ways.filter((candidate) => candidate !== way)
  return (
    <div className="flex flex-col gap-4">
      <WayForm key={way} way={way} action={action} onProven={onProven} />
      {others.length === 0 ? null : (
        <div className="flex flex-col items-start gap-1 border-t border-line pt-2">
          <p className="text-secondary text-muted">Or with</p>
          {others.map((other) => (
            <Button key={other} kind="ghost" onClick={() => setChosen(other)} className="-ml-2.5">
              {wayNames[other]}
            </Button>
          ))}
        </div>
      )}
    </div>
  )
}
