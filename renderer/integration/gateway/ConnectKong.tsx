import { zodResolver } from '@hookform/resolvers/zod'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { type GatewayKongs, type KongInput, type KongPlan, kongInput } from '#preload/integration/other-gateways.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { PemField, SecretField } from '#renderer/ui/SecretField.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { ConfirmConnection } from './ConfirmConnection.tsx'

type ConnectKongProps = {
  /** The one whose connection is changed; null for a new one. */
  readonly kong: GatewayKongs['kongs'][number] | null
  readonly onClose: () => void
}

/** Asks where a Kong is, looks at it, and shows what connecting it would do before it is done. */
export function ConnectKong({ kong, onClose }: ConnectKongProps) {
  const form = useForm<KongInput>({
    resolver: zodResolver(kongInput),
    defaultValues: { name: kong?.name ?? '', url: kong?.url ?? '', token: '', authority: kong?.authority ?? '' },
  })
  const { errors } = form.formState
  const [planned, setPlanned] = useState<{ readonly input: KongInput; readonly plan: KongPlan } | null>(null)
  const look = useMutation({
    mutationFn: async (input: KongInput) => ({ input, plan: await api.gateway.planKong(input) }),
    onSuccess: setPlanned,
  })
  const submit = form.handleSubmit((input) => look.mutate(input))
  if (planned !== null)
    return (
      <ConfirmConnection {...planned} known={kong !== null} onBack={() => setPlanned(null)} onConnected={onClose} />
    )
  return (
    <Dialog
      open
      onClose={onClose}
      title={kong === null ? 'Connect a Kong' : `Change the connection of ${kong.name}`}
      description="One without a database (DB-less). It is looked at first; nothing is sent to it yet."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="gateway-kong" kind="primary" busy={look.isPending}>
            Look at it
          </Button>
        </>
      }
    >
      <form id="gateway-kong" noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <Field label="Name" required error={errors.name?.message}>
          <TextField {...form.register('name')} mono readOnly={kong !== null} placeholder="edge" />
        </Field>
        <Field
          label="Address of its Admin API"
          required
          error={errors.url?.message}
          hint="Where Kong listens by admin_listen of kong.conf, not where it serves."
        >
          <TextField {...form.register('url')} mono placeholder="http://127.0.0.1:8001" />
        </Field>
        <SecretField
          label="Admin token"
          required={false}
          hint={
            kong?.hasToken === true
              ? 'Sent as Kong-Admin-Token. Enter it again: it is not read back from the vault.'
              : 'Sent as Kong-Admin-Token, and kept in the vault. Empty where it asks for none.'
          }
          field={form.register('token')}
          error={errors.token?.message}
        />
        <PemField
          label="Authority of its certificate"
          hint="PEM, for an address with https:// whose certificate no public authority issued."
          field={form.register('authority')}
          error={errors.authority?.message}
          onText={(text) => form.setValue('authority', text)}
        />
        {look.error === null ? null : <ErrorPanel title="It cannot be connected." error={look.error} />}
      </form>
    </Dialog>
  )
}
