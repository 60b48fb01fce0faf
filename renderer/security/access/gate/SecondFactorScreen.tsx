import { LogOut, ShieldCheck, ShieldPlus } from 'lucide-react'
import type { Me } from '#preload/security/access.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { EnrolFactor } from '../account/EnrolFactor.tsx'
import { ProofForm } from '../proof/ProofForm.tsx'
import { useSignOut } from '../use-sign-out.ts'
import { GateCard } from './GateCard.tsx'

const factors: ReadonlySet<string> = new Set(['totp', 'passkey', 'recovery-code'])
const nothingMore = () => {}

export function SignOutButton() {
  const signOut = useSignOut()
  return (
    <Button
      kind="ghost"
      icon={LogOut}
      busy={signOut.isPending}
      onClick={() => signOut.mutate(null)}
      className="self-start"
    >
      Sign out
    </Button>
  )
}

/** The second step of signing in; who has no second factor yet enrols one here. */
export function SecondFactorScreen({ me }: { readonly me: Me }) {
  const proofs = me.proofs.filter((proof) => factors.has(proof))
  if (proofs.length === 0)
    return (
      <GateCard
        icon={ShieldPlus}
        title="Add a second factor"
        text={`Welcome, ${me.name}. Everybody here needs a second factor: an authenticator app or a passkey.`}
        footer={<SignOutButton />}
      >
        <title>Add a second factor · Framework0</title>
        <EnrolFactor />
      </GateCard>
    )
  return (
    <GateCard
      icon={ShieldCheck}
      title="One more step"
      text={`Welcome, ${me.name}. Prove that it is you with your second factor.`}
      footer={<SignOutButton />}
    >
      <title>Second factor · Framework0</title>
      <ProofForm proofs={proofs} action="Go on" onProven={nothingMore} />
    </GateCard>
  )
}
