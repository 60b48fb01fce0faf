import type { UseFormReturn } from 'react-hook-form'
import type { ConnectionInput } from '#preload/fleet/connections.ts'
import { Field } from '#renderer/ui/Field.tsx'
import { PemField, SecretField } from '#renderer/ui/SecretField.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { SegmentedControl } from '#renderer/ui/SegmentedControl.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import type { Draft, Kept } from './draft.ts'

type FieldsProps = { readonly form: UseFormReturn<Draft, unknown, ConnectionInput>; readonly kept: Kept }

const ways = [
  { value: 'none', label: 'None' },
  { value: 'basic', label: 'User and password' },
  { value: 'bearer', label: 'Bearer token' },
  { value: 'header', label: 'Custom header' },
] as const

export function SignInFields({ form, kept }: FieldsProps) {
  const { register, setValue, watch, formState } = form
  const { errors } = formState
  const signIn = watch('signIn')
  const isKept = kept.signIn === signIn
  return (
    <Section title="Sign-in">
      <div className="flex flex-col gap-3">
        <SegmentedControl
          label="How to sign in"
          segments={ways}
          value={signIn}
          onChange={(way) => setValue('signIn', way, { shouldDirty: true })}
          className="self-start"
        />
        {signIn === 'basic' ? (
          <div className="grid grid-cols-2 gap-3">
            <Field label="User name" required error={errors.username?.message}>
              <TextField {...register('username')} />
            </Field>
            <SecretField label="Password" field={register('password')} error={errors.password?.message} kept={isKept} />
          </div>
        ) : null}
        {signIn === 'bearer' ? (
          <SecretField label="Token" field={register('token')} error={errors.token?.message} kept={isKept} />
        ) : null}
        {signIn === 'header' ? (
          <div className="grid grid-cols-2 gap-3">
            <Field label="Header" required error={errors.headerName?.message}>
              <TextField {...register('headerName')} mono placeholder="X-Scope-OrgID" />
            </Field>
            <SecretField
              label="Value"
              field={register('headerValue')}
              error={errors.headerValue?.message}
              kept={isKept}
            />
          </div>
        ) : null}
      </div>
    </Section>
  )
}

export function TlsFields({ form, kept }: FieldsProps) {
  const { register, setValue, formState } = form
  const { errors } = formState
  const put = (field: 'ca' | 'certificate' | 'key') => (text: string) =>
    setValue(field, text, { shouldDirty: true, shouldValidate: formState.isSubmitted })
  return (
    <Section title="TLS">
      <div className="flex flex-col gap-3">
        <PemField
          label="Private CA"
          hint="Trusted for this connection only. Certificates are always verified."
          field={register('ca')}
          error={errors.ca?.message}
          onText={put('ca')}
        />
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
          kept={kept.key}
          onText={put('key')}
        />
      </div>
    </Section>
  )
}
