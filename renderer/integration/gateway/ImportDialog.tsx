import { zodResolver } from '@hookform/resolvers/zod'
import { useMutation } from '@tanstack/react-query'
import { Controller, useForm } from 'react-hook-form'
import { z } from 'zod'
import { gatewayImportInput } from '#preload/integration/gateway.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Checkbox } from '#renderer/ui/Checkbox.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { TextArea, TextField } from '#renderer/ui/TextField.tsx'
import type { FileDraft } from './file-draft.ts'

/** `127.0.0.1:3000, [::1]:3000` as the contract has it. */
const backendsOf = (text: string) =>
  text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((each) => {
      const colon = each.lastIndexOf(':')
      return { host: each.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(each.slice(colon + 1)) }
    })

const { name, text, port, hostname, backends } = gatewayImportInput.shape
const portalPath = '/docs'
const draft = z.object({
  name,
  text: text.min(1, 'Paste the document.'),
  port: z.string().refine((each) => port.safeParse(Number(each)).success, 'Enter a port from 1 to 65535.'),
  hostname: z.string().refine((each) => each === '' || hostname.safeParse(each).success, 'This is no host name.'),
  backends: z
    .string()
    .refine((each) => backends.safeParse(backendsOf(each)).success, 'Write addresses such as 127.0.0.1:3000.'),
  validate: z.boolean(),
  portal: z.boolean(),
})
type Draft = z.infer<typeof draft>

type ImportDialogProps = { readonly onClose: () => void; readonly onImported: (draft: FileDraft) => void }

/** Turns an OpenAPI document into a new file, which is looked at before it is saved. */
export function ImportDialog({ onClose, onImported }: ImportDialogProps) {
  const form = useForm<Draft>({
    resolver: zodResolver(draft),
    defaultValues: {
      name: '',
      text: '',
      port: '8080',
      hostname: '',
      backends: '127.0.0.1:3000',
      validate: true,
      portal: false,
    },
  })
  const { errors } = form.formState
  const read = useMutation({
    mutationFn: (input: Draft) =>
      api.gateway.importOpenApi({
        ...{ name: input.name, text: input.text, port: Number(input.port), backends: backendsOf(input.backends) },
        validate: input.validate,
        ...(input.hostname === '' ? {} : { hostname: input.hostname }),
        ...(input.portal ? { portal: portalPath } : {}),
      }),
    onSuccess: ({ text: imported, findings }, input) => onImported({ name: input.name, text: imported, findings }),
  })
  const submit = form.handleSubmit((input) => read.mutate(input))
  return (
    <Dialog
      open
      onClose={onClose}
      size="large"
      title="Import OpenAPI"
      description="Makes a new file with a route for each path. Nothing is saved yet, and no other document is fetched."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="gateway-import" kind="primary" busy={read.isPending}>
            Make a file of it
          </Button>
        </>
      }
    >
      <form id="gateway-import" noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <Field label="Name of the file" required error={errors.name?.message}>
          <TextField {...form.register('name')} placeholder="pets" />
        </Field>
        <Field label="OpenAPI 3 document (YAML or JSON)" required error={errors.text?.message}>
          <TextArea {...form.register('text')} mono rows={10} placeholder="openapi: 3.1.0" />
        </Field>
        <div className="grid grid-cols-3 gap-3">
          <Field label="Port to listen on" required error={errors.port?.message}>
            <TextField {...form.register('port')} inputMode="numeric" />
          </Field>
          <Field label="Host name" error={errors.hostname?.message} hint="Every host unless given.">
            <TextField {...form.register('hostname')} placeholder="api.example.com" />
          </Field>
          <Field label="Backend addresses" required error={errors.backends?.message} hint="Separated by commas.">
            <TextField {...form.register('backends')} mono />
          </Field>
        </div>
        <Controller
          control={form.control}
          name="validate"
          render={({ field }) => (
            <Checkbox
              label="Refuse requests that are not as the document says"
              hint="Parameters and JSON bodies are checked before anything is sent on."
              checked={field.value}
              onChange={field.onChange}
            />
          )}
        />
        <Controller
          control={form.control}
          name="portal"
          render={({ field }) => (
            <Checkbox
              label={`Serve a page of documentation at ${portalPath}`}
              hint="Whoever reaches the gateway can read it and try requests."
              checked={field.value}
              onChange={field.onChange}
            />
          )}
        />
        {read.error === null ? null : <ErrorPanel title="The document was not imported." error={read.error} />}
      </form>
    </Dialog>
  )
}
