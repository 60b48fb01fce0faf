import { useMutation } from '@tanstack/react-query'
import { KeyRound, X } from 'lucide-react'
import type { UseFormReturn } from 'react-hook-form'
import type { EnvironmentInput } from '#preload/deployment/environments.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { type Draft, portOf } from './draft.ts'
import { useForbidden } from './queries.ts'

type HostFieldsProps = {
  readonly form: UseFormReturn<Draft, unknown, EnvironmentInput>
  readonly at: number
  /** Null for the only one. */
  readonly onRemove: (() => void) | null
}

const keyFiles: Readonly<Record<string, string>> = {
  'ssh-ed25519': '/etc/ssh/ssh_host_ed25519_key.pub',
  'ssh-rsa': '/etc/ssh/ssh_host_rsa_key.pub',
}
const keyFileOf = (type: string): string => keyFiles[type] ?? '/etc/ssh/ssh_host_ecdsa_key.pub'

/** One host: where it is, whom to be there, and the key that it is known by. */
export function HostFields({ form, at, onRemove }: HostFieldsProps) {
  const { register, setValue, trigger, getValues, formState } = form
  const errors = formState.errors.hosts?.[at]
  const forbidden = useForbidden()('environments.hostKey')
  const read = useMutation({
    mutationFn: () => {
      const { address, port } = getValues(`hosts.${at}`)
      return api.environments.hostKey({ address, port: portOf(port) })
    },
    onSuccess: ({ fingerprint }) =>
      setValue(`hosts.${at}.hostKey`, fingerprint, { shouldDirty: true, shouldValidate: true }),
  })
  const ask = async () => {
    if (await trigger([`hosts.${at}.address`, `hosts.${at}.port`])) read.mutate()
  }
  return (
    <fieldset className="flex flex-col gap-2 rounded border border-line p-3">
      <legend className="sr-only">Host {at + 1}</legend>
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <Field label="Address" required error={errors?.address?.message}>
            <TextField {...register(`hosts.${at}.address`)} placeholder="app-1.example.com" />
          </Field>
        </div>
        <div className="w-20">
          <Field label="SSH port" required error={errors?.port?.message}>
            <TextField {...register(`hosts.${at}.port`)} inputMode="numeric" />
          </Field>
        </div>
        <div className="w-36">
          <Field label="User" required error={errors?.user?.message}>
            <TextField {...register(`hosts.${at}.user`)} placeholder="deploy" />
          </Field>
        </div>
        {onRemove === null ? null : <IconButton icon={X} label={`Remove host ${at + 1}`} onClick={onRemove} />}
      </div>
      <Field
        label="Key of the host"
        required
        error={errors?.hostKey?.message}
        hint={
          read.data === undefined
            ? 'Nothing is sent to a host that shows another one.'
            : `This is what answered. It is the host only if this command says the same there: ssh-keygen -lf ${keyFileOf(read.data.type)}`
        }
      >
        <TextField {...register(`hosts.${at}.hostKey`)} mono placeholder="SHA256:…" />
      </Field>
      {read.error === null ? null : <ErrorPanel title="The key was not read." error={read.error} />}
      <div>
        <Button size={24} icon={KeyRound} busy={read.isPending} forbidden={forbidden} onClick={() => void ask()}>
          Read the key of the host
        </Button>
      </div>
    </fieldset>
  )
}
