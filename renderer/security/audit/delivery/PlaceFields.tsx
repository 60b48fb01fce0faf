import type { UseFormReturn } from 'react-hook-form'
import { Field } from '#renderer/ui/Field.tsx'
import { PemField, SecretField } from '#renderer/ui/SecretField.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import type { Kept, PlaceDraft, PlaceInput } from './draft.ts'

type FieldsProps = { readonly form: UseFormReturn<PlaceDraft, unknown, PlaceInput>; readonly kept: Kept }

const useFields = ({ form }: FieldsProps) => {
  const { register, setValue, formState } = form
  return {
    register,
    errors: formState.errors,
    put: (field: 'ca' | 'certificate' | 'key') => (text: string) =>
      setValue(field, text, { shouldDirty: true, shouldValidate: formState.isSubmitted }),
  }
}

function Url(props: FieldsProps & { readonly placeholder: string }) {
  const { register, errors } = useFields(props)
  return (
    <Field label="Address" required error={errors.url?.message}>
      <TextField {...register('url')} mono inputMode="url" placeholder={props.placeholder} />
    </Field>
  )
}

function Ca(props: FieldsProps & { readonly hint: string; readonly required?: boolean }) {
  const { register, errors, put } = useFields(props)
  return (
    <PemField
      label={props.required === true ? 'CA of the authority' : 'Private CA'}
      hint={props.hint}
      required={props.required}
      field={register('ca')}
      error={errors.ca?.message}
      onText={put('ca')}
    />
  )
}

const trust = 'Trusted here only. Certificates are always verified.'

export function OtlpFields(props: FieldsProps) {
  const { register, errors } = useFields(props)
  return (
    <>
      <Url {...props} placeholder="https://collector.example:4318/v1/logs" />
      <div className="grid grid-cols-2 gap-3">
        <Field label="Header" error={errors.headerName?.message} hint="Sent along, to sign in.">
          <TextField {...register('headerName')} mono placeholder="Authorization" />
        </Field>
        <SecretField
          label="Its value"
          field={register('headerValue')}
          error={errors.headerValue?.message}
          kept={props.kept.headerName !== null}
          required={false}
        />
      </div>
      <Ca {...props} hint={trust} />
    </>
  )
}

export function SyslogFields(props: FieldsProps) {
  const { register, errors, put } = useFields(props)
  return (
    <>
      <div className="grid grid-cols-[1fr_96px] gap-3">
        <Field label="Host" required error={errors.host?.message}>
          <TextField {...register('host')} mono placeholder="log.example" />
        </Field>
        <Field label="Port" required error={errors.port?.message}>
          <TextField {...register('port')} mono inputMode="numeric" />
        </Field>
      </div>
      <Ca {...props} hint={trust} />
      <PemField
        label="Client certificate"
        field={register('certificate')}
        error={errors.certificate?.message}
        onText={put('certificate')}
      />
      <PemField
        label="Client key"
        field={register('key')}
        error={errors.key?.message}
        kept={props.kept.key}
        onText={put('key')}
      />
    </>
  )
}

export function WebhookFields(props: FieldsProps) {
  const { register, errors } = useFields(props)
  return (
    <>
      <Url {...props} placeholder="https://hooks.example/audit" />
      <SecretField
        label="Signing secret"
        hint="Every request carries X-Framework0-Signature: an HMAC of its body under this secret."
        field={register('signingSecret')}
        error={errors.signingSecret?.message}
        kept={props.kept.signingSecret}
        required={false}
      />
      <Ca {...props} hint={trust} />
    </>
  )
}

export function TsaFields(props: FieldsProps) {
  return (
    <>
      <Url {...props} placeholder="https://tsa.example/tsr" />
      <Ca {...props} required hint="Every timestamp is verified against it before it counts." />
    </>
  )
}

export function GitFields(props: FieldsProps) {
  const { register, errors } = useFields(props)
  return (
    <>
      <Field label="Repository" required error={errors.repository?.message} hint="Signed in to as Git itself does.">
        <TextField {...register('repository')} mono placeholder="git@git.example:audit/checkpoints.git" />
      </Field>
      <Field label="Branch" required error={errors.branch?.message}>
        <TextField {...register('branch')} mono />
      </Field>
    </>
  )
}

export function FolderFields(props: FieldsProps) {
  const { register, errors } = useFields(props)
  return (
    <Field
      label="Folder"
      required
      error={errors.path?.message}
      hint="Best one that this machine can add to and not change, such as a write-once share."
    >
      <TextField {...register('path')} mono placeholder="/mnt/audit-anchors" />
    </Field>
  )
}
