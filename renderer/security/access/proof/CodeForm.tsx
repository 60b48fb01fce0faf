import { type FormEvent, useRef, useState } from 'react'
import { Button } from '#renderer/ui/Button.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { sentenceOf } from '../sentence.ts'
import { Attempt } from './Attempt.tsx'
import { useWait } from './use-wait.ts'

const digits = 6
/** Apps show `123 456`, and that is what gets pasted. */
const digitsOf = (text: string): string => text.replaceAll(/\D/g, '').slice(0, digits)

type CodeFormProps = {
  readonly label: string
  readonly hint?: string | undefined
  /** The verb on the button. */
  readonly action: string
  readonly busy: boolean
  readonly error: unknown
  readonly onCode: (code: string) => Promise<unknown>
}

/** The code of an authenticator app: one field, sent by itself with the sixth digit. */
export function CodeForm({ label, hint, action, busy, error, onCode }: CodeFormProps) {
  const [code, setCode] = useState('')
  const input = useRef<HTMLInputElement>(null)
  const wait = useWait(error)
  const sentence = sentenceOf(error)
  const ready = code.length === digits && wait === 0 && !busy

  const send = async (text: string) => {
    try {
      await onCode(text)
    } catch {
      // The form shows the error it is given; a code is good for one try.
      setCode('')
      input.current?.focus()
    }
  }
  const type = (text: string) => {
    const next = digitsOf(text)
    setCode(next)
    if (next.length === digits && code.length < digits && wait === 0 && !busy) void send(next)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (ready) void send(code)
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <Field
        label={label}
        required
        hint={hint}
        error={sentence === undefined ? undefined : <Attempt sentence={sentence} wait={wait} />}
      >
        <TextField
          ref={input}
          autoFocus
          mono
          size={32}
          inputMode="numeric"
          autoComplete="one-time-code"
          placeholder="123456"
          value={code}
          readOnly={busy}
          onChange={(event) => type(event.target.value)}
          style={{ fontSize: 18, letterSpacing: '0.3em' }}
        />
      </Field>
      <Button type="submit" kind="primary" size={32} busy={busy} disabled={!ready}>
        {action}
      </Button>
    </form>
  )
}
