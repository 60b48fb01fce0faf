import { zodResolver } from '@hookform/resolvers/zod'
import { PlugZap, Trash2, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useForm } from 'react-hook-form'
import { asAppError } from '#preload/contract/error.ts'
import type { Provider } from '#preload/security/sign-in.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { SegmentedControl } from '#renderer/ui/SegmentedControl.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { WalkResult } from '#renderer/ui/WalkResult.tsx'
import { useAccessChange, useForbidden } from '../queries.ts'
import { sentenceOf } from '../sentence.ts'
import { withVault } from '../vault-request.ts'
import { LdapFields, OidcFields, SamlFields } from './ProviderFields.tsx'
import { ProviderRegister } from './ProviderRegister.tsx'
import { draftOf, fieldAt, type ProviderDraft, type ProviderDraftInput, providerDraftSchema } from './provider-draft.ts'
import { useProviderTest } from './use-provider-test.ts'

const kinds = [
  { value: 'oidc', label: 'OpenID Connect' },
  { value: 'ldap', label: 'LDAP / Active Directory' },
  { value: 'saml', label: 'SAML 2.0' },
] as const

const metadata = { metadata: 'Metadata' }
const stepTitles: Readonly<Record<ProviderDraft['kind'], Readonly<Record<string, string>>>> = {
  oidc: metadata,
  ldap: { connect: 'Connect', tls: 'TLS', bind: 'Bind', search: 'Search' },
  saml: metadata,
}

const secretKept = (provider: Provider | null, kind: ProviderDraft['kind']): boolean => {
  const settings = provider?.settings
  if (settings?.kind !== kind) return false
  return settings.kind === 'oidc' ? settings.hasClientSecret : settings.kind === 'ldap' && settings.hasBindPassword
}

export type ProviderFormProps = {
  /** Null adds a new one. */
  readonly provider: Provider | null
  readonly onSaved: (provider: Provider) => void
  readonly onRemove: (provider: Provider) => void
  readonly onClose: () => void
}

export function ProviderForm({ provider, onSaved, onRemove, onClose }: ProviderFormProps) {
  // What the person began with: a change by somebody else must not slip in under their hands.
  const [base, setBase] = useState(provider)
  const forbidden = useForbidden()
  const form = useForm<ProviderDraft, unknown, ProviderDraftInput>({
    resolver: zodResolver(providerDraftSchema),
    defaultValues: draftOf(base),
  })
  const { register, handleSubmit, setError, setFocus, setValue, watch, formState } = form
  const test = useProviderTest()
  const save = useAccessChange((input: ProviderDraftInput) => {
    const place = base === null ? {} : { id: base.id, revision: base.revision }
    return withVault(() => api.access.putProvider({ ...place, provider: input }))
  })
  useEffect(() => setFocus('name'), [setFocus])
  const kind = watch('kind')
  const kept = secretKept(base, kind)
  const whole = save.error !== null && fieldAt(asAppError(save.error).at, kind) === null
  const stale = provider !== null && base !== null && provider.revision !== base.revision

  const take = (next: Provider | null) => {
    setBase(next)
    form.reset(draftOf(next))
    save.reset()
  }
  const submit = handleSubmit((input) =>
    save.mutate(input, {
      onSuccess: (saved) => {
        take(saved)
        onSaved(saved)
      },
      onError: (thrown) => {
        const field = fieldAt(asAppError(thrown).at, kind)
        const message = sentenceOf(thrown)
        if (field !== null && message !== undefined) setError(field, { message }, { shouldFocus: true })
      },
    }),
  )
  const walk = handleSubmit(
    (input) => void test.start(base === null ? { provider: input } : { id: base.id, provider: input }),
  )
  useCommands([
    {
      id: 'provider.save',
      title: 'Save the provider',
      area: 'Sign-in',
      shortcut: 'Mod+S',
      disabledReason: forbidden('access.putProvider'),
      run: () => void submit(),
    },
    { id: 'provider.close', title: 'Close the provider', area: 'Sign-in', shortcut: 'Esc', run: onClose },
  ])

  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="flex min-h-full flex-col">
      <header className="flex items-center gap-2 px-3 pt-2">
        <h2 className="min-w-0 flex-1 truncate text-title font-semibold">
          <SafeText text={base === null ? 'New identity provider' : base.settings.name} oneLine />
        </h2>
        <IconButton icon={X} label="Close" shortcut="Esc" onClick={onClose} />
      </header>
      {whole ? (
        <div className="px-3 pt-2">
          <ErrorPanel
            title="The provider was not saved."
            error={save.error}
            actions={
              stale ? (
                <Button size={24} onClick={() => take(provider)}>
                  Show the present settings
                </Button>
              ) : null
            }
          />
        </div>
      ) : null}
      <div className="flex flex-col gap-3 p-3">
        <SegmentedControl
          label="Kind"
          segments={base === null ? kinds : kinds.filter(({ value }) => value === base.settings.kind)}
          value={kind}
          onChange={(value) => {
            test.forget()
            setValue('kind', value, { shouldDirty: true })
          }}
          className="self-start"
        />
        <Field label="Name" required hint="On the button of the sign-in screen." error={formState.errors.name?.message}>
          <TextField {...register('name')} placeholder="Company account" />
        </Field>
        {kind === 'oidc' ? <OidcFields form={form} kept={kept} /> : null}
        {kind === 'ldap' ? <LdapFields form={form} kept={kept} /> : null}
        {kind === 'saml' ? <SamlFields form={form} /> : null}
      </div>
      {base === null ? null : <ProviderRegister register={base.register} />}
      <div className="sticky bottom-0 mt-auto border-t border-line bg-surface-1">
        {test.run === null ? null : (
          <div className="max-h-[45vh] overflow-auto border-b border-line">
            <WalkResult
              wide
              titles={stepTitles[kind]}
              failure="The provider was not tested."
              run={test.run}
              onCancel={test.cancel}
              onClose={test.forget}
            />
          </div>
        )}
        <div className="flex items-center gap-2 px-3 py-2">
          <Button
            type="submit"
            kind="primary"
            busy={save.isPending}
            forbidden={forbidden('access.putProvider')}
            shortcut="Mod+S"
          >
            {base === null ? 'Add provider' : 'Save'}
          </Button>
          <Button
            icon={PlugZap}
            busy={test.run?.state === 'running'}
            forbidden={forbidden('access.testProvider')}
            onClick={() => void walk()}
          >
            Test
          </Button>
          <span className="flex-1" />
          {base === null ? null : (
            <Button
              kind="danger"
              icon={Trash2}
              forbidden={forbidden('access.removeProvider')}
              onClick={() => onRemove(base)}
            >
              Remove
            </Button>
          )}
        </div>
      </div>
    </form>
  )
}
