import { LockKeyhole } from 'lucide-react'
import type { Me } from '#preload/security/access.ts'
import { ProofForm } from '../proof/ProofForm.tsx'
import { GateCard } from './GateCard.tsx'
import { SignOutButton } from './SecondFactorScreen.tsx'

type LockScreenProps = {
  readonly me: Me
  readonly onUnlocked: () => void
}

/** Over a locked session. What was open stays as it was, hidden until its owner is back. */
export function LockScreen({ me, onUnlocked }: LockScreenProps) {
  return (
    <GateCard
      icon={LockKeyhole}
      title="Locked"
      text={`Prove that it is you, ${me.name}, and go on where you were.`}
      footer={me.signInRequired ? <SignOutButton /> : undefined}
    >
      <title>Locked · Framework0</title>
      <ProofForm proofs={me.proofs} action="Unlock" onProven={onUnlocked} />
    </GateCard>
  )
}
