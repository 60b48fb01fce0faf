import { useState } from 'react'
import type { SignInMethod } from '#preload/security/sign-in.ts'
import { api } from '#renderer/rpc/client.ts'
import { takeSession } from '#renderer/rpc/session.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { Attempt } from '../proof/Attempt.tsx'
import { capsLockHint, useCapsLock } from '../proof/SecretForm.tsx'
import { useWait } from '../proof/use-wait.ts'
import { useSessionStep } from '../queries.ts'
import { sentenceOf } from '../sentence.ts'

type PasswordFormProps = {
  readonly method: SignInMethod
  readonly onDone: () => void
  /** Back to the other methods; left out where there are none. */
  readonly onBack?: (() => void) | undefined
}

/** Signs in at a directory with user name and password. */
export function PasswordForm({ method, onDone, onBack }: PasswordFormProps) {
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const caps = useCapsLock()
  const signIn = useSessionStep(async (_: null) => {
    const me = await api.access.signInWithPassword({ provider: method.provider, login, password })
    if (me.exchange === null) return me
    await takeSession(me.exchange)
    return api.access.me({})
  })
  const wait = useWait(signIn.error)
  const sentence = sentenceOf(signIn.error)
  const ready = login.trim() !== '' && password !== '' && wait === 0 && !signIn.isPending
  const submit = () => {
    if (!ready) return
    void signIn.mutateAsync(null).then(onDone, () => setPassword(''))
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
      className="flex flex-col gap-3"
    >
      <Field label="User name" required>
        <TextField
          autoFocus
          size={32}
          autoComplete="username"
          autoCapitalize="none"
          value={login}
          onChange={(event) => setLogin(event.target.value)}
        />
      </Field>
      <Field
        label="Password"
        required
        hint={caps.on ? capsLockHint : undefined}
        error={sentence === undefined ? undefined : <Attempt sentence={sentence} wait={wait} />}
      >
        <TextField
          {...caps.watch}
          size={32}
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      <div className="flex flex-col gap-1">
        <Button type="submit" kind="primary" size={32} busy={signIn.isPending} disabled={wait > 0}>
          {`Sign in with ${method.name}`}
        </Button>
        {onBack === undefined ? null : (
          <Button kind="ghost" onClick={onBack} className="self-start">
            Another way
          </Button>
        )}
      </div>
    </form>
  )
}
