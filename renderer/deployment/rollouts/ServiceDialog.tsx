import { type FormEvent, useState } from 'react'
import type { Service } from '#preload/deployment/rollouts.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { TextArea, TextField } from '#renderer/ui/TextField.tsx'
import { useRolloutChange } from './queries.ts'

type ServiceDialogProps = {
  readonly service: Service | null
  readonly onClose: () => void
  readonly onSaved: (name: string) => void
}

const draftOf = (service: Service | null) => ({
  name: service?.name ?? '',
  description: service?.description ?? '',
  command: service?.command.join('\n') ?? '',
  healthPath: service?.healthPath ?? '',
  replicas: String(service?.replicas ?? 1),
  stopGraceSeconds: String(service?.stopGraceSeconds ?? 10),
  memoryMegabytes: service?.memoryMegabytes?.toString() ?? '',
  cpuPercent: service?.cpuPercent?.toString() ?? '',
})
type Draft = ReturnType<typeof draftOf>

const numberOrNull = (text: string): number | null => (text.trim() === '' ? null : Number(text))

const inputOf = (draft: Draft) => ({
  ...{ name: draft.name.trim(), description: draft.description, replicas: Number(draft.replicas) },
  command: draft.command
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean),
  healthPath: draft.healthPath.trim() === '' ? null : draft.healthPath.trim(),
  stopGraceSeconds: Number(draft.stopGraceSeconds),
  ...{ memoryMegabytes: numberOrNull(draft.memoryMegabytes), cpuPercent: numberOrNull(draft.cpuPercent) },
})

/** Adds a service, or changes what is run of it from the next rollout on. */
export function ServiceDialog({ service, onClose, onSaved }: ServiceDialogProps) {
  const [draft, setDraft] = useState(() => draftOf(service))
  const save = useRolloutChange(() =>
    api.rollouts.saveService({ ...inputOf(draft), revision: service?.revision ?? null }),
  )
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    save.mutate(undefined, {
      onSuccess: ({ name }) => {
        onClose()
        onSaved(name)
      },
    })
  }
  const text = (key: keyof Draft) => ({
    value: draft[key],
    onChange: ({ target }: { readonly target: { readonly value: string } }) =>
      setDraft((present) => ({ ...present, [key]: target.value })),
  })
  return (
    <Dialog
      open
      onClose={onClose}
      size="medium"
      title={service === null ? 'Add a service' : `Edit ${service.name}`}
      description="It has to listen on the port that its variable PORT names, at the address of HOST."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="save-service" kind="primary" busy={save.isPending}>
            {service === null ? 'Add the service' : 'Save'}
          </Button>
        </>
      }
    >
      <form id="save-service" onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Name" required>
          <TextField {...text('name')} disabled={service !== null} />
        </Field>
        <Field label="Command" hint="The program, then each argument on a line of its own." required>
          <TextArea mono rows={3} {...text('command')} />
        </Field>
        <Field label="Health path" hint="Answers 2xx or 3xx when it can serve. Empty: its port is open.">
          <TextField mono placeholder="/healthz" {...text('healthPath')} />
        </Field>
        <div className="grid grid-cols-2 gap-3">
          <Field label="Instances" required>
            <TextField inputMode="numeric" {...text('replicas')} />
          </Field>
          <Field label="Seconds to end in" required>
            <TextField inputMode="numeric" {...text('stopGraceSeconds')} />
          </Field>
          <Field label="Memory limit, MB" hint="Where systemd runs.">
            <TextField inputMode="numeric" {...text('memoryMegabytes')} />
          </Field>
          <Field label="CPU limit, percent of one" hint="Where systemd runs.">
            <TextField inputMode="numeric" {...text('cpuPercent')} />
          </Field>
        </div>
        <Field label="Description">
          <TextArea rows={2} {...text('description')} />
        </Field>
        {save.error === null ? null : <ErrorPanel title="The service was not saved." error={save.error} />}
      </form>
    </Dialog>
  )
}
