import { LogIn } from 'lucide-react'
import { GateCard } from './GateCard.tsx'
import { SignInMethods } from './SignInMethods.tsx'

const nothingMore = () => {}

/** For whoever is not signed in; the place they wanted stays in the address. */
export function SignInScreen() {
  return (
    <GateCard
      icon={LogIn}
      title="Sign in to Framework0"
      text="This workspace wants to know who you are. You come back to where you were."
    >
      <title>Sign in · Framework0</title>
      <SignInMethods onDone={nothingMore} />
    </GateCard>
  )
}
