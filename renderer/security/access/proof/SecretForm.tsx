import { type FormEvent, type KeyboardEvent, useState } from 'react'
import { Button } from '#renderer/ui/Button.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { sentenceOf } from '../sentence.ts'
import { Attempt } from './Attempt.tsx'
import { useWait } from './use-wait.ts'

/** Whether Caps Lock is on, as far as the keys pressed in a field tell. */
export function useCapsLock() {
  const [on, setOn] = useState(false)
  const look = (event: KeyboardEvent) => setOn(event.getModifierState('CapsLock'))
  return { on, watch: { onKeyDown: look, onKeyUp: look } }
}

export const capsLockHint = 'Caps Lock is on.'

type SecretFormProps = {
  readonly label: string
  readonly hint?: string | undefined
  readonly action: string
  /** Shown while typed: a recovery code is copied from paper and used up at once. */
  readonly visible?: boolean | undefined
  readonly busy: boolean
  readonly error: unknown
  readonly onSecret: (secret: string) => Promise<unknown>
}

/** A password, a passphrase or a recovery code. */
export function SecretForm({ label, hint, action, visible = false, busy, error, onSecret }: SecretFormProps) {
  const [text, setText] = useState('')
  const caps = useCapsLock()
  const wait = useWait(error)
  const sentence = sentenceOf(error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (text === '' || wait > 0 || busy) return
    void onSecret(visible ? text.trim() : text).catch(() => setText(''))
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <Field
        label={label}
        required
        hint={caps.on && !visible ? capsLockHint : hint}
        error={sentence === undefined ? undefined : <Attempt sentence={sentence} wait={wait} />}
      >
        <TextField
          {...caps.watch}
          autoFocus
          size={32}
          mono={visible}
          type={visible ? 'text' : 'password'}
          autoComplete={visible ? 'off' : 'current-password'}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </Field>
      <Button type="submit" kind="primary" size={32} busy={busy} disabled={wait > 0}>
        {action}
      </Button>
    </form>
  )
}
