import { zodResolver } from '@hookform/resolvers/zod'
import { useMutation, useQuery } from '@tanstack/react-query'
import { ArrowRightLeft, Link2, PlugZap } from 'lucide-react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import type { TeamSettings } from '#preload/lifecycle/workspace.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { PemField, SecretField } from '#renderer/ui/SecretField.tsx'
import { SegmentedControl } from '#renderer/ui/SegmentedControl.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { WalkResult } from '#renderer/ui/WalkResult.tsx'
import { useWalk } from '#renderer/ui/walk.ts'
import { MoveProgress } from './MoveProgress.tsx'
import { Chosen, MoveResult } from './MoveResult.tsx'
import { useForbidden, vaultKeeper } from './queries.ts'
import { sentenceOf } from './sentence-of.ts'
import { emptyDraft, settingsOf, type TeamDraft, teamDraft } from './team-draft.ts'
import { VaultPassphrase } from './VaultPassphrase.tsx'

const stepTitles = {
  dns: 'DNS',
  tcp: 'TCP',
  tls: 'TLS',
  'sign-in': 'Sign-in',
  version: 'Version',
  permissions: 'Permissions',
  contents: 'Contents',
}

const encryption = [
  { value: 'verify-full', label: 'TLS, server verified' },
  { value: 'off', label: 'None (this machine only)' },
] as const

const shortestPassphrase = 12

type Asked = { readonly kind: 'move' | 'use'; readonly settings: TeamSettings }

const words = {
  move: {
    title: 'Move the workspace to this server?',
    effect:
      'Everything is copied into the empty place and compared. From the next start on the application uses it. The file here stays as it is.',
    action: 'Move it',
  },
  use: {
    title: 'Use the workspace of this server?',
    effect:
      'Nothing is copied. From the next start on the application uses what is there. The file here stays as it is.',
    action: 'Use it',
  },
} as const

/** The server of a team: test it, move this workspace there, or use the one that is there already. */
export function TeamForm() {
  const form = useForm<TeamDraft>({ resolver: zodResolver(teamDraft), defaultValues: emptyDraft })
  const { register, handleSubmit, watch, setValue, formState } = form
  const { errors } = formState
  const [asked, setAsked] = useState<Asked | null>(null)
  const [passphrase, setPassphrase] = useState('')
  const forbidden = useForbidden()
  const byKeychain = useQuery(vaultKeeper).data?.by === 'keychain'
  const test = useWalk({
    open: (settings: TeamSettings, signal) => api.workspace.test({ settings }, { signal }),
  })
  const move = useMutation({
    mutationFn: (to: TeamSettings) => api.workspace.move({ to, ...(passphrase === '' ? {} : { passphrase }) }),
    onSuccess: () => {
      setAsked(null)
      setPassphrase('')
    },
  })
  const use = useMutation({
    mutationFn: (to: TeamSettings) => api.workspace.use({ to }),
    onSuccess: () => setAsked(null),
  })
  const running = asked?.kind === 'use' ? use : move
  const ask = (kind: Asked['kind']) =>
    handleSubmit((draft) => {
      move.reset()
      use.reset()
      setAsked({ kind, settings: settingsOf(draft) })
    })
  const walk = handleSubmit(async (draft) => void (await test.start(settingsOf(draft))))
  const tls = watch('tls')
  if (move.data !== undefined) return <MoveResult result={move.data} />
  if (use.data !== undefined) return <Chosen place={use.data.place} />
  return (
    <form onSubmit={(event) => void walk(event)} noValidate className="flex max-w-3xl flex-col gap-3">
      <div className="grid grid-cols-[1fr_96px] gap-3">
        <Field label="Host" required error={errors.host?.message}>
          <TextField {...register('host')} mono placeholder="db.example.com" />
        </Field>
        <Field label="Port" required error={errors.port?.message}>
          <TextField {...register('port')} mono inputMode="numeric" />
        </Field>
      </div>
      <div className="grid grid-cols-2 gap-3">
        <Field label="Database" required error={errors.database?.message}>
          <TextField {...register('database')} mono />
        </Field>
        <Field label="Schema" required error={errors.schema?.message}>
          <TextField {...register('schema')} mono />
        </Field>
        <Field label="User" required error={errors.user?.message}>
          <TextField {...register('user')} mono autoComplete="off" />
        </Field>
        <SecretField label="Password" required={false} field={register('password')} error={errors.password?.message} />
      </div>
      <SegmentedControl
        label="Encryption"
        segments={encryption}
        value={tls}
        onChange={(value) => setValue('tls', value)}
        className="self-start"
      />
      {tls === 'off' ? null : (
        <PemField
          label="Certificate authority"
          hint="Where the server’s certificate is not from a public one."
          field={register('ca')}
          error={errors.ca?.message}
          onText={(text) => setValue('ca', text)}
        />
      )}
      {tls === 'off' ? null : (
        <details>
          <summary className="cursor-default text-secondary text-muted">Client certificate</summary>
          <div className="grid grid-cols-2 gap-3 pt-2">
            <PemField
              label="Certificate"
              field={register('certificate')}
              error={errors.certificate?.message}
              onText={(text) => setValue('certificate', text)}
            />
            <PemField
              label="Its key"
              field={register('key')}
              error={errors.key?.message}
              onText={(text) => setValue('key', text)}
            />
          </div>
        </details>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <Button
          type="submit"
          icon={PlugZap}
          busy={test.run?.state === 'running'}
          forbidden={forbidden('workspace.test')}
        >
          Test
        </Button>
        <Button
          icon={ArrowRightLeft}
          kind="primary"
          forbidden={forbidden('workspace.move')}
          onClick={() => void ask('move')()}
        >
          Move this workspace there
        </Button>
        <Button icon={Link2} forbidden={forbidden('workspace.use')} onClick={() => void ask('use')()}>
          Use the one that is there
        </Button>
        {move.isPending ? <MoveProgress /> : null}
      </div>
      {test.run === null ? null : (
        <WalkResult
          run={test.run}
          titles={stepTitles}
          wide
          failure="The server was not tested."
          onCancel={test.cancel}
          onClose={test.forget}
        />
      )}
      {running.error === null || asked !== null ? null : (
        <ErrorPanel title="The workspace stays where it is." error={running.error} />
      )}
      {asked === null ? null : (
        <ConfirmDialog
          open
          onClose={() => setAsked(null)}
          onConfirm={() => running.mutate(asked.settings)}
          title={words[asked.kind].title}
          target={`${asked.settings.database} on ${asked.settings.host}:${asked.settings.port}`}
          effect={words[asked.kind].effect}
          action={words[asked.kind].action}
          destructive={false}
          busy={running.isPending}
          error={running.error === null ? null : sentenceOf(running.error)}
          ready={asked.kind === 'use' || !byKeychain || passphrase.length >= shortestPassphrase}
        >
          {asked.kind === 'move' && byKeychain ? (
            <VaultPassphrase value={passphrase} shortest={shortestPassphrase} onChange={setPassphrase} />
          ) : null}
        </ConfirmDialog>
      )}
    </form>
  )
}
