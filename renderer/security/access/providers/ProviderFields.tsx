import type { UseFormReturn } from 'react-hook-form'
import { Checkbox } from '#renderer/ui/Checkbox.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { PemField, SecretField } from '#renderer/ui/SecretField.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import type { ProviderDraft, ProviderDraftInput, ProviderField } from './provider-draft.ts'

export type ProviderForm = UseFormReturn<ProviderDraft, unknown, ProviderDraftInput>

type FieldsProps = {
  readonly form: ProviderForm
  /** Whether a secret is stored, which stays when its field is left empty. */
  readonly kept: boolean
}

type Text = Exclude<ProviderField, 'kind' | 'startTls' | 'nestedGroups'>
type LineProps = {
  readonly form: ProviderForm
  readonly name: Text
  readonly label: string
  readonly required?: boolean
  readonly mono?: boolean
  readonly hint?: string
  readonly placeholder?: string
}

function Line({ form, name, label, required = false, mono = false, hint, placeholder }: LineProps) {
  return (
    <Field label={label} required={required} hint={hint} error={form.formState.errors[name]?.message}>
      <TextField {...form.register(name)} mono={mono} placeholder={placeholder} />
    </Field>
  )
}

const put =
  ({ setValue, formState }: ProviderForm, name: Text) =>
  (text: string) =>
    setValue(name, text, { shouldDirty: true, shouldValidate: formState.isSubmitted })

function PrivateCa({ form }: { readonly form: ProviderForm }) {
  return (
    <PemField
      label="Private CA"
      hint="Trusted for this provider only. Certificates are always verified."
      field={form.register('ca')}
      error={form.formState.errors.ca?.message}
      onText={put(form, 'ca')}
    />
  )
}

export function OidcFields({ form, kept }: FieldsProps) {
  return (
    <>
      <Line form={form} name="issuer" label="Issuer" required mono placeholder="https://id.example.com" />
      <div className="grid grid-cols-2 items-start gap-3">
        <Line form={form} name="clientId" label="Client id" required mono />
        <SecretField
          label="Client secret"
          required={false}
          field={form.register('clientSecret')}
          error={form.formState.errors.clientSecret?.message}
          kept={kept}
        />
        <Line form={form} name="scopes" label="Scopes" required mono />
        <Line form={form} name="groupsClaim" label="Claim with the groups" required mono />
      </div>
      <PrivateCa form={form} />
    </>
  )
}

export function LdapFields({ form, kept }: FieldsProps) {
  const { watch, setValue } = form
  const flip = (name: 'startTls' | 'nestedGroups') => (on: boolean) => setValue(name, on, { shouldDirty: true })
  const plain = !watch('startTls') && !watch('url').startsWith('ldaps:')
  return (
    <>
      <Line form={form} name="url" label="Address" required mono placeholder="ldap://directory.example.com:389" />
      <Checkbox
        label="Encrypt with StartTLS"
        hint={plain ? 'Without it, passwords go over the network in the clear.' : 'Not needed with ldaps://.'}
        checked={watch('startTls')}
        onChange={flip('startTls')}
      />
      <div className="grid grid-cols-2 items-start gap-3">
        <Line
          form={form}
          name="baseDn"
          label="People are below"
          required
          mono
          placeholder="ou=people,dc=example,dc=com"
        />
        <Line form={form} name="groupBaseDn" label="Groups are below" mono hint="Where people are, if left empty." />
        <Line form={form} name="bindDn" label="Search as" mono placeholder="cn=reader,dc=example,dc=com" />
        <SecretField
          label="Its password"
          required={false}
          field={form.register('bindPassword')}
          error={form.formState.errors.bindPassword?.message}
          kept={kept}
        />
        <Line
          form={form}
          name="userFilter"
          label="Filter for people"
          mono
          placeholder="(|(uid={login})(mail={login})(sAMAccountName={login}))"
          hint="In place of the usual one; {login} stands for the user name."
        />
        <div className="grid grid-cols-2 gap-3">
          <Line form={form} name="nameAttribute" label="Name attribute" required mono />
          <Line form={form} name="mailAttribute" label="Mail attribute" required mono />
        </div>
      </div>
      <Checkbox label="Groups may be in groups" checked={watch('nestedGroups')} onChange={flip('nestedGroups')} />
      <PrivateCa form={form} />
    </>
  )
}

export function SamlFields({ form }: Pick<FieldsProps, 'form'>) {
  return (
    <>
      <Line
        form={form}
        name="entryPoint"
        label="Sign-in address"
        required
        mono
        placeholder="https://id.example.com/saml"
      />
      <Line form={form} name="idpIssuer" label="Entity id of the provider" required mono />
      <PemField
        label="Certificates of the provider"
        required
        hint="One after another, while it changes its key."
        field={form.register('idpCertificates')}
        error={form.formState.errors.idpCertificates?.message}
        onText={put(form, 'idpCertificates')}
      />
      <div className="grid grid-cols-3 gap-3">
        <Line form={form} name="samlGroups" label="Groups attribute" required mono />
        <Line form={form} name="samlName" label="Name attribute" required mono />
        <Line form={form} name="samlEmail" label="Mail attribute" required mono />
      </div>
    </>
  )
}
