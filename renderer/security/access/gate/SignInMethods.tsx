import { useQuery } from '@tanstack/react-query'
import { Building2, KeyRound, MonitorSmartphone } from 'lucide-react'
import { useState } from 'react'
import type { SignInMethod } from '#preload/security/sign-in.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { useOpenExternal } from '#renderer/ui/Link.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { methodsQuery } from '../queries.ts'
import { PasswordForm } from './PasswordForm.tsx'
import { SignInProgress } from './SignInProgress.tsx'
import { type SignInHandle, useSignIn } from './use-sign-in.ts'

type MethodProps = {
  readonly method: SignInMethod
  readonly first: boolean
  readonly signIn: SignInHandle
  readonly onPassword: () => void
}

function Method({ method, first, signIn, onPassword }: MethodProps) {
  const { provider, name, flows } = method
  const kind = first ? 'primary' : 'default'
  if (flows.includes('password'))
    return (
      <Button autoFocus={first} size={32} kind={kind} icon={Building2} onClick={onPassword}>
        {`Sign in with ${name}`}
      </Button>
    )
  return (
    <div className="flex flex-col gap-1">
      {flows.includes('browser') ? (
        <Button
          autoFocus={first}
          size={32}
          kind={kind}
          icon={KeyRound}
          onClick={() => void signIn.start(provider, 'browser')}
        >
          {`Sign in with ${name}`}
        </Button>
      ) : null}
      {flows.includes('device') ? (
        <Button
          kind="ghost"
          icon={MonitorSmartphone}
          aria-label={`On another device, with ${name}`}
          onClick={() => void signIn.start(provider, 'device')}
        >
          On another device
        </Button>
      ) : null}
    </div>
  )
}

function Methods({ methods, onDone }: { readonly methods: readonly SignInMethod[]; readonly onDone: () => void }) {
  const [chosen, setChosen] = useState<string | null>(null)
  const opener = useOpenExternal()
  const open = (address: string) => opener?.(address)
  const signIn = useSignIn({ open, onDone })
  const [only] = methods
  const password =
    methods.find(({ provider }) => provider === chosen) ??
    (methods.length === 1 && only?.flows.includes('password') === true ? only : undefined)

  if (only === undefined)
    return (
      <p className="text-muted">
        Nobody can sign in here: no identity provider is left. Whoever owns the machine of this workspace comes back in
        with <code className="font-mono text-code">framework0 recover-admin</code> there.
      </p>
    )
  if (signIn.run !== null) {
    const name = methods.find(({ provider }) => provider === signIn.run?.provider)?.name ?? 'the provider'
    return <SignInProgress run={signIn.run} name={name} signIn={signIn} open={open} />
  }
  if (password !== undefined)
    return (
      <PasswordForm method={password} onDone={onDone} onBack={methods.length > 1 ? () => setChosen(null) : undefined} />
    )
  return (
    <div className="flex flex-col gap-2">
      {methods.map((method) => (
        <Method
          key={method.provider}
          method={method}
          first={method === only}
          signIn={signIn}
          onPassword={() => setChosen(method.provider)}
        />
      ))}
    </div>
  )
}

/** The ways to sign in here, and what happens after one was chosen. */
export function SignInMethods({ onDone }: { readonly onDone: () => void }) {
  const query = useQuery(methodsQuery)
  return (
    <QueryView
      query={query}
      failure="The ways to sign in could not be read."
      skeletonRows={2}
      ready={(methods) => <Methods methods={methods} onDone={onDone} />}
    />
  )
}
