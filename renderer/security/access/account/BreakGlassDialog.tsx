import { useState } from 'react'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { TextArea, TextField } from '#renderer/ui/TextField.tsx'
import { useForbidden, useSessionStep } from '../queries.ts'
import { sentenceOf } from '../sentence.ts'
import { closeBreakGlass, useBreakGlass } from './break-glass.ts'

const shortest = 5
const longest = 120

function BreakGlassForm() {
  const [reason, setReason] = useState('')
  const [minutes, setMinutes] = useState('30')
  const forbidden = useForbidden()
  const breakGlass = useSessionStep((_: null) => api.access.breakGlass({ reason, minutes: Number(minutes) }))
  const length = Number(minutes)
  const possible = Number.isInteger(length) && length >= shortest && length <= longest
  const submit = () => {
    if (reason.trim() === '' || !possible) return
    breakGlass.mutate(null, { onSuccess: closeBreakGlass })
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
      className="flex flex-col gap-3"
    >
      <Field label="What is the emergency?" required error={sentenceOf(breakGlass.error)}>
        <TextArea rows={3} value={reason} onChange={(event) => setReason(event.target.value)} />
      </Field>
      <Field
        label="For how many minutes?"
        required
        error={possible ? undefined : `Between ${shortest} and ${longest} minutes.`}
      >
        <TextField
          type="number"
          min={shortest}
          max={longest}
          value={minutes}
          onChange={(event) => setMinutes(event.target.value)}
          className="max-w-24"
        />
      </Field>
      <div className="flex justify-end gap-2">
        <Button onClick={closeBreakGlass}>Cancel</Button>
        <Button
          type="submit"
          kind="danger"
          busy={breakGlass.isPending}
          disabled={reason.trim() === '' || !possible}
          forbidden={forbidden('access.breakGlass')}
        >
          Break the glass
        </Button>
      </div>
    </form>
  )
}

/** Makes somebody an administrator for a while, in an emergency. Mounted once; `askToBreakGlass` opens it. */
export function BreakGlassDialog() {
  const open = useBreakGlass((store) => store.open)
  return (
    <Dialog
      open={open}
      onClose={closeBreakGlass}
      size="small"
      title="Break the glass"
      description="You are an administrator for a short while. It is recorded with your reason, and every administrator is told."
    >
      <BreakGlassForm />
    </Dialog>
  )
}
