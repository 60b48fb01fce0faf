import { Save } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { gateway } from '#preload/integration/gateway.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { useGatewayChange } from './queries.ts'

const portSchema = gateway.operations.setMetricsListener.input.shape.port

type PortFormProps = {
  /** Null where none is open. */
  readonly port: number | null
  readonly usual: string
  readonly hint: string
  readonly open: string
  readonly close: string
  readonly forbidden: string | undefined
  readonly set: (port: number | null) => Promise<unknown>
  /** How it stands now. */
  readonly children: ReactNode
}

/** A port of this machine that is opened, exchanged and closed. */
export function PortForm({ port, usual, hint, open, close, forbidden, set, children }: PortFormProps) {
  const [text, setText] = useState(String(port ?? usual))
  const [wrong, setWrong] = useState<string | undefined>()
  const change = useGatewayChange(set)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const read = portSchema.safeParse(Number(text))
    setWrong(read.success ? undefined : 'Enter a port from 1 to 65535.')
    if (read.success) change.mutate(read.data)
  }
  return (
    <form onSubmit={submit} className="flex max-w-xl flex-col gap-3">
      <p role="status">{children}</p>
      <Field label="Port on this machine" required error={wrong} hint={hint}>
        <TextField value={text} inputMode="numeric" onChange={({ target }) => setText(target.value)} />
      </Field>
      <div className="flex gap-2">
        <Button type="submit" kind="primary" icon={Save} busy={change.isPending} forbidden={forbidden}>
          {open}
        </Button>
        {port === null ? null : (
          <Button forbidden={forbidden} onClick={() => change.mutate(null)}>
            {close}
          </Button>
        )}
      </div>
      {change.error === null ? null : <ErrorPanel title="Nothing was changed." error={change.error} />}
    </form>
  )
}
